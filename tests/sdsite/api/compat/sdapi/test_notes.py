"""What `info` says of a request that was not carried out to the letter."""

import json

import pytest

from generation.models import Checkpoint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_wait")]

REQUEST = {"prompt": "a red heart", "negative_prompt": "blue"}
SECOND_PASS = {"enable_hr": True, "hr_scale": 2, "denoising_strength": 0.5}


def notes_of(owner, **words):
    return json.loads(owner.post_json("txt2img", {**REQUEST, **words})["info"])["notes"]


def test_a_request_that_was_fully_used_has_no_notes(owner):
    assert notes_of(owner) == []
    assert notes_of(owner, width=128, height=128, alwayson_scripts={"ControlNet": {"args": []}}, tiling=False) == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({"hr_prompt": "a blue heart"}, "hr_prompt"),
        ({"hr_negative_prompt": "red"}, "hr_negative_prompt"),
        ({"hr_checkpoint_name": "another.safetensors"}, "hr_checkpoint_name"),
        ({"hr_sampler_name": "Euler a"}, "hr_sampler_name"),
        ({"hr_sampler_name": "no such sampler"}, "hr_sampler_name"),
        ({"hr_scheduler": "Karras"}, "hr_scheduler"),
    ],
)
def test_other_settings_of_the_second_pass_are_noted(owner, words, named):
    (said,) = notes_of(owner, **SECOND_PASS, **words)
    assert said.startswith(f"{named} was not used")
    assert notes_of(owner, **words) == []  # without a second pass there is nothing to say


@pytest.mark.parametrize(
    "words",
    [
        {"hr_prompt": "", "hr_negative_prompt": ""},
        {"hr_prompt": "a red heart", "hr_negative_prompt": "blue"},
        {
            "hr_checkpoint_name": "Use same checkpoint",
            "hr_sampler_name": "Use same sampler",
            "hr_scheduler": "Automatic",
        },
        {"hr_checkpoint_name": "starter", "hr_sampler_name": "DDIM"},
        {"hr_checkpoint_name": None, "hr_sampler_name": None, "hr_scheduler": "Use same scheduler"},
    ],
)
def test_the_same_settings_of_the_second_pass_are_not_noted(owner, words):
    assert notes_of(owner, **SECOND_PASS, **words) == []


def test_unsupported_features_are_noted(owner):
    scripts = {"ADetailer": {"args": [True]}, "x" * 500: {"args": [1]}, "idle": {"args": []}, "odd": None}
    said = notes_of(owner, restore_faces=True, tiling=True, alwayson_scripts=scripts)
    assert [one.split()[0] for one in said] == ["restore_faces", "tiling", "alwayson_scripts:", "alwayson_scripts:"]
    assert "ADetailer" in said[2]
    assert len(said[3]) < 200


def test_changes_by_the_site_come_first(owner):
    Checkpoint.objects.update(size_policy=Checkpoint.SizePolicy.SNAP)
    size, tiling = notes_of(owner, width=512, height=512, tiling=True)
    assert size == "Generated at 128x128 instead of 512x512, the nearest size that starter allows."
    assert tiling.startswith("tiling")
