"""Denoisers by their input channels: images of text, inpainting, and what is refused."""

import pytest

from generation.errors import GenerationError
from generation.weights.inspection import check_scheduler, is_for_inpainting


def test_latents_alone_or_with_mask_and_image():
    assert not is_for_inpainting(4, 4, "x")
    assert is_for_inpainting(9, 4, "x")
    assert is_for_inpainting(33, 16, "x")


@pytest.mark.parametrize("channels", [3, 5, 8, 12])
def test_other_inputs_are_refused(channels):
    with pytest.raises(GenerationError, match=f"{channels} input channels"):
        is_for_inpainting(channels, 4, "x")


@pytest.mark.parametrize(
    ("config", "family", "predicted"),
    [
        ({"_class_name": "EulerDiscreteScheduler"}, "sd", "epsilon"),
        ({"_class_name": "DDIMScheduler", "prediction_type": "v_prediction"}, "sdxl", "v_prediction"),
        ({"_class_name": "FlowMatchEulerDiscreteScheduler"}, "flux", "flow"),
        ({"_class_name": "EDMEulerScheduler", "prediction_type": "v_prediction"}, "sdxl", ""),
        ({"_class_name": "FlowMatchEulerDiscreteScheduler"}, "sdxl", ""),
        ({"_class_name": "DPMSolverMultistepScheduler", "prediction_type": "flow_prediction"}, "sd", ""),
    ],
)
def test_schedules_that_no_sampler_follows_are_refused(config, family, predicted):
    if predicted:
        assert check_scheduler(config, family, "x") == predicted
        return
    with pytest.raises(GenerationError, match=config["_class_name"]) as caught:
        check_scheduler(config, family, "x")
    assert caught.value.code == "checkpoint_invalid"
