"""What cards can compute, by the tables of their makers."""

import pytest
import torch

from generation.pipelines.loading.capabilities import Card, describe_limits, dtypes, has_code, problem, read_cards

FULL = (torch.float32, torch.float32)
HALF = (torch.float16, torch.float16)
BOTH = (torch.float16, torch.bfloat16)
WHEEL = ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120", "compute_120"]


@pytest.mark.parametrize(
    ("model", "capability", "expected"),
    [
        ("NVIDIA GeForce GTX 1080 Ti", (6, 1), FULL),
        ("Tesla P100-PCIE-16GB", (6, 0), FULL),
        ("Tesla V100-SXM2-32GB", (7, 0), HALF),
        ("Tesla T4", (7, 5), HALF),
        ("NVIDIA GeForce RTX 2080 Ti", (7, 5), HALF),
        ("Quadro RTX 4000", (7, 5), HALF),
        ("NVIDIA GeForce GTX 1660 SUPER", (7, 5), FULL),
        ("NVIDIA GeForce MX450", (7, 5), FULL),
        ("NVIDIA T1000 8GB", (7, 5), FULL),
        ("NVIDIA A100-SXM4-80GB MIG 1g.10gb", (8, 0), BOTH),
        ("NVIDIA GeForce RTX 4090", (8, 9), BOTH),
        ("NVIDIA H200", (9, 0), BOTH),
    ],
)
def test_the_precision_follows_from_the_card(model, capability, expected):
    card = Card(model, capability)
    assert dtypes(card) == expected
    assert (describe_limits(card) == "") is (expected == BOTH)
    assert model in (describe_limits(card) or model)


def test_cards_of_amd_have_numbers_of_their_own():
    assert dtypes(Card("AMD Radeon VII", (9, 0), "gfx906")) == BOTH
    assert has_code(Card("AMD Radeon RX 7900 XTX", (11, 0), "gfx1100"), ["gfx90a", "gfx1100"])
    assert not has_code(Card("AMD Radeon VII", (9, 0), "gfx906"), ["gfx90a", "gfx1100"])


@pytest.mark.parametrize(
    ("capability", "expected"),
    [
        ((6, 1), False),
        ((7, 0), False),
        ((7, 5), True),
        ((8, 9), True),
        ((9, 0), True),
        ((12, 1), True),
        ((13, 0), True),
    ],
)
def test_code_runs_on_later_cards_of_its_generation_and_compute_on_all(capability, expected):
    assert has_code(Card("any", capability), WHEEL) is expected
    assert has_code(Card("any", capability), [])


def test_suffixes_of_architectures_are_understood():
    assert has_code(Card("NVIDIA H200", (9, 0)), ["sm_90a"])


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a card")
def test_without_a_card_torch_says_why():
    assert read_cards() == []
    assert problem()
