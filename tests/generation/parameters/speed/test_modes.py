"""Speed modes: which is taken, and how drafts of each family are generated."""

from dataclasses import replace

import pytest

from generation.parameters.defaults import CheckpointDefaults, FewStep
from generation.parameters.notes import notes
from generation.parameters.resolve import resolve
from generation.parameters.schema import SPEED_MODES, GenerationParameters
from generation.parameters.speed import as_denoised, draft_of, runs_alone
from sdsite.accounts.models import SiteSettings

DEFAULTS = {
    family: CheckpointDefaults(family, family, 512, 512, 20, 4.0, "euler")
    for family in ("sd", "sdxl", "sd3", "flux", "z_image")
}
CACHE = {"name": "first_block_cache", "threshold": 0.12}


def asked(family, **requested):
    return resolve(GenerationParameters(**{"prompt": "a", "seed": 1, **requested}), DEFAULTS[family])


def said(family, speed_mode="exact", **requested):
    wanted = GenerationParameters(**{"prompt": "a", "seed": 1, **requested})
    return notes(wanted, resolve(wanted, DEFAULTS[family], speed_mode=speed_mode), DEFAULTS[family])


def test_the_settings_of_the_site_offer_every_mode():
    assert tuple(SiteSettings.SpeedMode.values) == SPEED_MODES


@pytest.mark.parametrize(
    ("requested", "default", "taken"),
    [
        ({}, "exact", "exact"),
        ({}, "draft", "draft"),
        ({"speed_mode": "small"}, "draft", "small"),
        ({"task": "upscale", "init_image": "image:x", "speed_mode": "draft"}, "draft", "exact"),
    ],
)
def test_a_request_without_a_mode_has_the_default_one(requested, default, taken):
    wanted = GenerationParameters(prompt="a", seed=1, **requested)
    assert resolve(wanted, DEFAULTS["sd"], speed_mode=default).speed_mode == taken


@pytest.mark.parametrize(
    ("family", "requested", "steps", "techniques"),
    [
        ("flux", {}, 20, (CACHE,)),
        ("flux", {"steps": 11}, 6, ({"name": "fewer_steps", "steps": 6, "instead_of": 11},)),
        ("flux", {"init_image": "image:x"}, 10, ({"name": "fewer_steps", "steps": 10, "instead_of": 20},)),
        (
            "flux",
            {"controls": [{"model": "lines", "image": "image:x"}]},
            10,
            ({"name": "fewer_steps", "steps": 10, "instead_of": 20},),
        ),
        ("z_image", {"steps": 9}, 5, ({"name": "fewer_steps", "steps": 5, "instead_of": 9},)),
        ("sdxl", {"steps": 6}, 4, ({"name": "fewer_steps", "steps": 4, "instead_of": 6},)),
        ("sd", {"steps": 3}, 3, ()),
    ],
)
def test_a_draft_takes_a_step_cache_where_there_is_one_and_fewer_steps_elsewhere(family, requested, steps, techniques):
    resolved = asked(family, speed_mode="draft", **requested)
    draft = draft_of(resolved, family)
    assert (draft.parameters.steps, draft.techniques) == (steps, techniques)
    assert as_denoised(resolved, family).steps == steps
    assert resolved.steps == requested.get("steps", 20)


def test_the_second_pass_of_a_draft_takes_fewer_steps_too():
    second = {"hires": {"scale": 2, "steps": 12, "strength": 0.5}}
    draft = draft_of(asked("sd", speed_mode="draft", **second), "sd")
    assert (draft.parameters.steps, draft.parameters.hires.steps) == (10, 6)
    follows = draft_of(asked("sd", speed_mode="draft", hires={"scale": 2, "strength": 0.5}), "sd")
    assert follows.parameters.hires.steps == 0  # as many as the first


def test_what_decides_by_the_whole_batch_runs_alone():
    assert asked("flux", speed_mode="draft", count=4).batch_size == 1
    assert (
        asked("flux", count=4, grid={"axes": [{"field": "speed_mode", "values": ["exact", "draft"]}]}).batch_size == 1
    )
    for family, requested in (("flux", {}), ("flux", {"speed_mode": "small"}), ("sd", {"speed_mode": "draft"})):
        assert asked(family, count=4, **requested).batch_size is None
    assert not runs_alone(asked("flux", speed_mode="draft", steps=4), "flux")


def test_notes_say_what_was_chosen_and_what_a_draft_is():
    assert said("sd") == said("sd", speed_mode="exact", steps=4) == []
    assert said("sd", speed_mode="draft") == [
        "Speed mode draft, the default here; exact is another choice.",
        "Draft: 10 of 20 steps.",
    ]
    assert "first block cache" in said("flux", speed_mode="draft")[1]
    wanted = GenerationParameters(prompt="a", seed=1, steps=4, speed_mode="draft")
    assert "nothing differs" in notes(wanted, resolve(wanted, DEFAULTS["sd"]), DEFAULTS["sd"])[0]


def test_a_lora_for_few_steps_goes_before_every_other_technique():
    fast = replace(DEFAULTS["flux"], few_step=FewStep("fast", 4, ""))
    wanted = GenerationParameters(prompt="a", seed=1, speed_mode="draft", true_cfg_scale=3.0, loras=[{"name": "ink"}])
    resolved = resolve(wanted, fast)
    assert resolved.batch_size is None
    drafted = as_denoised(resolved, "flux", fast.few_step)
    assert [lora.name for lora in drafted.loras] == ["ink", "fast"]
    assert (drafted.steps, drafted.guidance_scale, drafted.true_cfg_scale) == (4, 4.0, 1.0)
    assert notes(wanted, resolved, fast) == ["Draft: 4 of 20 steps, without guidance, by the LoRA fast."]
    of_sd = draft_of(asked("sd", speed_mode="draft"), "sd", FewStep("fast", 4, "lcm")).parameters
    assert (of_sd.sampler, of_sd.guidance_scale, of_sd.timestep_spacing) == ("lcm", 1.0, None)
    few = asked("sd", speed_mode="draft", steps=4)
    assert draft_of(few, "sd", FewStep("fast", 4, "")).techniques == ()
