"""What the header of a single file tells of its training."""

import pytest

from generation.weights.safetensors_header import Header
from generation.weights.single_file_inspection import has_zero_snr, predicts


@pytest.mark.parametrize(
    ("tensors", "metadata", "kind", "predicted"),
    [
        ((), {}, "sd1", "epsilon"),
        ((), {}, "sd2", "v_prediction"),
        (("v_pred",), {"modelspec.prediction_type": "epsilon"}, "sdxl", "v_prediction"),
        ((), {"modelspec.prediction_type": " V-Prediction"}, "sdxl", "v_prediction"),
        ((), {"modelspec.prediction_type": "eps"}, "sd2", "epsilon"),
        ((), {"ss_v_parameterization": "True"}, "sd1", "v_prediction"),
    ],
)
def test_marks_tell_the_prediction(tensors, metadata, kind, predicted):
    assert predicts(Header(dict.fromkeys(tensors, (0,)), {}, metadata), kind) == predicted


@pytest.mark.parametrize(
    ("tensors", "metadata", "zero"),
    [((), {}, False), (("ztsnr",), {}, True), ((), {"ss_zero_terminal_snr": "True"}, True)],
)
def test_marks_tell_zero_terminal_snr(tensors, metadata, zero):
    assert has_zero_snr(Header(dict.fromkeys(tensors, (0,)), {}, metadata)) is zero
