"""A sampler is found by any of its names, and no two share one."""

import pytest

from generation.parameters import catalog
from generation.parameters.sampler_names import (
    COMFYUI_SCHEDULES,
    SCHEDULE_NAMES,
    find_sampler,
    find_sampler_and_schedule,
    find_schedule,
    plain,
    schedule_label,
)


@pytest.mark.parametrize(
    ("name", "key", "schedule"),
    [
        ("dpmpp_2m", "dpmpp_2m", None),
        ("DPM++ 2M", "dpmpp_2m", None),
        ("DPM++ 2M Karras", "dpmpp_2m", "karras"),
        ("dpm++ 2m sde exponential", "dpmpp_2m_sde", "exponential"),
        ("Euler a", "euler_a", None),
        ("k_euler_ancestral", "euler_a", None),
        ("K_LMS", "lms", None),
        ("k_lms_ka", "lms", "karras"),
        ("Euler Ancestral", "euler_a", None),
        ("DPM++ 2S a Karras", "dpmpp_2s_a", "karras"),
        ("k_dpmpp_2s_a", "dpmpp_2s_a", None),
        ("k_dpmpp_2s_a_ka", "dpmpp_2s_a", "karras"),
        ("dpmpp_2s_ancestral", "dpmpp_2s_a", None),
        ("DPM2 a Karras", "dpm2_a", "karras"),
        ("k_dpm_2_a_ka", "dpm2_a", "karras"),
        ("DPM++ 2M SDE Heun Exponential", "dpmpp_2m_sde_heun", "exponential"),
        ("k_dpmpp_2m_sde_exp", "dpmpp_2m_sde", "exponential"),
        ("DPM++ 3M SDE Karras", "dpmpp_3m_sde", "karras"),
        ("DPM++ SDE Karras", "dpmpp_sde", "karras"),
        ("DPM fast", "dpm_fast", None),
        ("k_dpm_fast", "dpm_fast", None),
        ("DPM adaptive", "dpm_adaptive", None),
        ("k_dpm_ad", "dpm_adaptive", None),
        ("Restart", "restart", None),
        ("dpm2s_a", "dpmpp_2s_a", None),
        ("k_dpmpp_2m_ka", "dpmpp_2m", "karras"),
        ("dpmpp_2m_sde_k", "dpmpp_2m_sde", "karras"),
        ("Euler a Karras", "euler_a", "karras"),
        ("DPM++ 2M Align Your Steps", "dpmpp_2m", "align_your_steps"),
        ("Euler Polyexponential", "euler", "exponential"),
        ("euler_kl_optimal", "euler", "kl_optimal"),
        ("UniPC", "unipc", None),
        ("sa-solver", "sa_solver", None),
        ("  plms ", "plms", None),
    ],
)
def test_a_sampler_is_found_by_any_of_its_names(name, key, schedule):
    sampler, carried = find_sampler_and_schedule(name)
    assert (sampler, carried and carried.schedule) == (catalog.SAMPLERS[key], schedule)
    assert find_sampler(name) is catalog.SAMPLERS[key]


@pytest.mark.parametrize("name", ["", "Karras", "DPM++ 2M alt", "euler b", "ka"])
def test_a_sampler_that_is_not_there_is_not_found(name):
    assert find_sampler_and_schedule(name) == (None, None)


def test_no_two_samplers_share_a_name():
    owners = {}
    for sampler in catalog.SAMPLERS.values():
        for name in (sampler.key, sampler.label, *sampler.aliases):
            assert owners.setdefault(plain(name), sampler.key) == sampler.key


def test_no_two_schedules_share_a_name_and_each_is_found_by_its_own():
    owners = {}
    for row in SCHEDULE_NAMES:
        assert row.schedule in catalog.SCHEDULES
        assert row.timestep_spacing in (None, *catalog.TIMESTEP_SPACINGS)
        for name in (row.label, *row.aliases):
            assert owners.setdefault(plain(name), row.label) == row.label
            assert find_schedule(name.upper()) is row


A1111 = (
    *("Uniform", "Karras", "Exponential", "Polyexponential", "SGM Uniform", "KL Optimal", "Align Your Steps", "Simple"),
    *("Normal", "DDIM", "Beta", "Turbo"),
)


@pytest.mark.parametrize("name", [*A1111, *catalog.SCHEDULES, *COMFYUI_SCHEDULES, "ays_11", "linear_quadratic"])
def test_the_schedules_of_other_programs_are_known(name):
    assert find_schedule(name) is not None


def test_what_is_written_for_a_schedule_is_read_as_the_same():
    for row in SCHEDULE_NAMES:
        found = find_schedule(schedule_label(row.schedule, row.timestep_spacing))
        assert (found.schedule, found.timestep_spacing) == (row.schedule, row.timestep_spacing)
