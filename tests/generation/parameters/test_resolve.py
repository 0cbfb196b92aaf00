"""Resolving parameters: samplers, schedules and sizes by family."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from generation.parameters import catalog
from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters, ResolvedParameters
from generation.parameters.validators import FieldRefused

ANY_SIZE = CheckpointDefaults("sd", "sd", 512, 512, 25, 7.0, "dpmpp_2m")


def requested(**fields):
    return GenerationParameters(**{"prompt": "a red heart", **fields})


@given(
    prompt=st.text(min_size=1).filter(lambda text: text.strip() and "\x00" not in text),
    steps=st.integers(1, 150),
    seed=st.integers(0, 2**53 - 1),
)
def test_what_is_resolved_stays_as_it_is(prompt, steps, seed):
    resolved = resolve(requested(prompt=prompt, steps=steps, seed=seed), ANY_SIZE)
    again = ResolvedParameters.model_validate_json(resolved.model_dump_json())
    assert again == resolved
    assert resolve(GenerationParameters.model_validate(resolved.model_dump()), ANY_SIZE) == resolved


def test_names_of_samplers_become_keys():
    for name in ("DPM++ 2M", "dpmpp_2m", "dpm++ 2m"):
        assert requested(sampler=name).sampler == "dpmpp_2m"


def test_another_sampler_does_not_inherit_the_schedule():
    defaults = CheckpointDefaults("sd", "sd", 512, 512, 25, 7.0, "dpmpp_2m", "karras")
    assert resolve(requested(), defaults).schedule == "karras"
    assert resolve(requested(sampler="ddim"), defaults).schedule == "normal"


@pytest.mark.parametrize("family", catalog.FAMILIES)
def test_sizes_follow_the_family(family):
    row = catalog.FAMILIES[family]
    defaults = CheckpointDefaults("c", family, row.width, row.height, row.steps, row.guidance_scale, row.sampler)
    assert resolve(requested(), defaults).width == row.width
    if row.size_multiple > 8:
        with pytest.raises(FieldRefused) as refused:
            resolve(requested(height=row.height + 8), defaults)
        assert refused.value.field == "height"
        assert str(row.size_multiple) in str(refused.value)


def test_a_sampler_of_another_family_is_refused_naming_those_that_work():
    defaults = CheckpointDefaults("flux", "flux", 1024, 1024, 20, 3.5, "euler")
    with pytest.raises(FieldRefused) as refused:
        resolve(requested(sampler="ddim"), defaults)
    assert (refused.value.field, "euler" in str(refused.value)) == ("sampler", True)


@pytest.mark.parametrize(
    ("fields", "schedule", "spacing"),
    [
        ({"sampler": "DPM++ 2M Karras"}, "karras", None),
        ({"sampler": "DPM++ 2M Karras", "schedule": "exponential"}, "exponential", None),
        ({"sampler": "Euler SGM Uniform"}, "normal", "trailing"),
        ({"sampler": "euler", "schedule": "DDIM"}, "normal", "leading"),
        ({"sampler": "euler", "schedule": "DDIM", "timestep_spacing": "linspace"}, "normal", "linspace"),
        ({"sampler": "euler", "schedule": "Automatic"}, "normal", None),
        ({"sampler": "ddim", "schedule": "karras"}, "normal", None),
        ({"sampler": "dpmpp_2m", "schedule": "beta"}, "normal", None),
        ({"sampler": "lcm", "schedule": "Simple"}, "normal", None),
        ({"sampler": "euler", "schedule": "Align Your Steps GITS"}, "align_your_steps", None),
    ],
)
def test_names_of_other_programs_stand_for_the_nearest_schedule_that_the_sampler_takes(fields, schedule, spacing):
    found = resolve(requested(**fields), ANY_SIZE)
    assert (found.schedule, found.timestep_spacing) == (schedule, spacing)


def test_eta_is_what_the_sampler_can_add():
    assert resolve(requested(sampler="ddim", eta=3), ANY_SIZE).eta == 3
    assert resolve(requested(sampler="tcd", eta=3), ANY_SIZE).eta == 1


def test_an_empty_prompt_is_a_request():
    assert resolve(GenerationParameters(), ANY_SIZE).prompt == ""


def test_what_enlarges_latents_enlarges_no_finished_picture():
    with pytest.raises(ValidationError, match=r"latent works in hires\.upscaler only"):
        requested(upscaler="latent")
    assert requested(hires={"upscaler": "latent_nearest"}, upscaler="nearest").hires.upscaler == "latent_nearest"


def test_strict_runs_alone():
    assert resolve(requested(reproducible="strict", count=4, batch_size=4), ANY_SIZE).batch_size == 1


def test_a_grid_of_one_long_prompt_is_taken_and_one_of_many_is_refused():
    long = "a fox, " * 1300
    scales = {"field": "guidance_scale", "values": [1 + number / 10 for number in range(64)]}
    prompts = {"field": "prompt", "values": [long, long + "in snow"]}
    animals = {"field": "replace", "values": ["fox", *(f"f{number}" for number in range(63))]}
    assert len(resolve(requested(prompt=long, grid={"axes": [prompts, scales]}), ANY_SIZE).images) == 128
    with pytest.raises(FieldRefused, match="1000000 characters"):
        resolve(requested(prompt=long, grid={"axes": [prompts, animals]}), ANY_SIZE)
