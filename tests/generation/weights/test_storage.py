"""Weights are refused that are stored in a way which the loader would cast without understanding it."""

import pytest

from generation.errors import GenerationError
from generation.weights.safetensors_header import Header
from generation.weights.storage import check_storage, scale_name

WEIGHT = {"a.weight": (8, 4)}


@pytest.mark.parametrize(
    ("more", "dtype", "scales", "refused"),
    [
        ({}, "F16", True, ""),
        ({}, "F8_E5M2", False, ""),
        ({}, "I8", True, "stored as I8"),
        ({}, "U8", True, "stored as U8"),
        ({"a.weight.quant_state.bitsandbytes__nf4": (90,)}, "F16", True, "bitsandbytes, 4"),
        ({"a.SCB": (8,)}, "F16", True, "bitsandbytes, 8"),
        ({"a.scale_weight": ()}, "F8_E4M3", True, ""),
        ({"a.weight_scale": (8, 1)}, "F8_E4M3", True, ""),
        ({"a.scale_weight": ()}, "F8_E4M3", False, "are scaled"),
        ({"a.weight_scale": (8, 2)}, "F8_E4M3", True, "are scaled"),
        ({"a.weight_scale_2": ()}, "F8_E4M3", True, "scales of blocks"),
        ({"scaled_fp8": (0,)}, "F8_E4M3", True, "scales are missing"),
    ],
)
def test_only_known_ways_are_taken(more, dtype, scales, refused):
    header = Header(WEIGHT | more, dict.fromkeys(WEIGHT, dtype), {})
    if not refused:
        check_storage(header, WEIGHT, "x", scales=scales)
        return
    with pytest.raises(GenerationError, match=refused) as caught:
        check_storage(header, WEIGHT, "x", scales=scales)
    assert caught.value.code == "checkpoint_invalid"


def test_the_scale_of_a_weight_is_the_one_beside_it():
    assert scale_name("a.weight", {"a.scale_weight": 1, "b.scale_weight": 1}) == "a.scale_weight"
    assert scale_name("a.bias", {"a.scale_weight": 1}) == ""
