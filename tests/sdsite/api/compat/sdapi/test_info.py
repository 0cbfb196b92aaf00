"""The response of a job that succeeded has AUTOMATIC1111's info."""

import json

import pytest

from tests.sdsite.api.compat.sdapi.conftest import REQUEST, finish

pytestmark = pytest.mark.django_db


def test_the_answer_of_a_job_that_succeeded(owner, ends):
    ends(finish)
    answer = owner.post_json("txt2img", REQUEST)
    assert set(answer) == {"images", "parameters", "info"}
    assert len(answer["images"]) == 2
    assert not answer["images"][0].startswith("data:")
    info = json.loads(answer["info"])
    assert (info["all_seeds"], info["seed"], info["index_of_first_image"]) == ([7, 8], 7, 0)
    assert (info["sampler_name"], info["version"], info["batch_size"]) == ("DDIM", "sdsite", 1)
    assert len(info["job_timestamp"]) == 14
    assert info["infotexts"][0].startswith("a red heart\nSteps: 20")
    expected = {"sd_model_hash", "sd_vae_name", "clip_skip", "styles", "denoising_strength", "all_subseeds"}
    assert expected <= set(info)
