"""Samplers and schedulers go by ComfyUI's names."""

import pytest

from tests.support.clients.comfyui_workflows import text_to_image

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (("euler_ancestral", "normal"), ("euler_a", "normal")),
        (("dpmpp_2m", "karras"), ("dpmpp_2m", "karras")),
        (("dpmpp_sde_gpu", "exponential"), ("dpmpp_sde", "exponential")),
        (("uni_pc_bh2", "simple"), ("unipc", "normal")),
        (("euler", "sgm_uniform"), ("euler", "normal")),
    ],
)
def test_samplers_and_schedulers_go_by_their_names(parameters, theirs, ours):
    found = parameters(text_to_image(sampler_name=theirs[0], scheduler=theirs[1]))
    assert (found["sampler"], found["schedule"]) == ours


def test_every_sampler_that_is_listed_is_known(comfy):
    from generation.parameters.sampler_names import find_sampler

    inputs = comfy.get("/object_info/KSampler").json()["KSampler"]["input"]["required"]
    assert len(inputs["sampler_name"][0]) > 20
    assert all(find_sampler(name) for name in inputs["sampler_name"][0])
    assert inputs["scheduler"][0][:4] == ["normal", "karras", "exponential", "sgm_uniform"]
