"""The tables hold together, and names are found the way other programs write them."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from generation.parameters import catalog
from generation.parameters.sampler_names import find_sampler, find_sampler_and_schedule, plain
from generation.starter import STARTER_FAMILY, STARTER_LOCATION, STARTER_SAMPLER, STARTER_SCHEDULE
from generation.starter.vocabulary import VOCABULARY


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
        ("UniPC", "unipc", None),
        ("sa-solver", "sa_solver", None),
        ("  plms ", "plms", None),
    ],
)
def test_a_sampler_is_found_by_any_of_its_names(name, key, schedule):
    assert find_sampler_and_schedule(name) == (catalog.SAMPLERS[key], schedule)
    assert find_sampler(name) is catalog.SAMPLERS[key]


@pytest.mark.parametrize("name", ["", "Karras", "DPM++ 2M alt", "euler b", "ka"])
def test_a_sampler_that_is_not_there_is_not_found(name):
    assert find_sampler_and_schedule(name) == (None, None)


def test_no_two_samplers_share_a_name():
    owners = {}
    for sampler in catalog.SAMPLERS.values():
        for name in (sampler.key, sampler.label, *sampler.aliases):
            assert owners.setdefault(plain(name), sampler.key) == sampler.key


def test_every_sampler_is_in_its_document():
    document = (Path(settings.BASE_DIR) / "docs/samplers.md").read_text()
    for sampler in catalog.SAMPLERS.values():
        [row] = [line for line in document.splitlines() if line.startswith(f"| `{sampler.key}` | {sampler.label} |")]
        assert f"| {sampler.calls}" in row


def test_each_family_starts_from_what_it_can_do():
    for family in catalog.FAMILIES.values():
        sampler = catalog.SAMPLERS[family.sampler]
        assert family.schedule in sampler.schedules_for(family.key)
        assert family.width % family.size_multiple == family.height % family.size_multiple == 0


def test_each_family_names_a_class_of_diffusers_for_each_task():
    import diffusers

    for family in catalog.FAMILIES.values():
        assert set(family.tasks) == {"text_to_image", "image_to_image", "inpaint"}
        assert all(hasattr(diffusers, name) for name in family.tasks.values()), family.key


def test_a_sampler_answers_for_the_families_it_works_with():
    ddim = catalog.SAMPLERS["ddim"]
    assert ddim.families == ("sd", "sdxl")
    assert ddim.schedules_for("flux") == ()
    with pytest.raises(KeyError):
        ddim.scheduler_for("flux")
    euler = catalog.SAMPLERS["euler"]
    assert euler.scheduler_for("flux")[0] == "FlowMatchEulerDiscreteScheduler"
    assert "flux" in euler.families


def test_the_tables_cannot_be_changed():
    with pytest.raises(TypeError):
        catalog.SAMPLERS["mine"] = catalog.SAMPLERS["euler"]


def test_the_web_process_reads_the_tables_without_torch():
    script = (
        "import sys, generation.parameters.catalog, "
        "generation.parameters.metadata.infotext, generation.starter.vocabulary;"
        "sys.exit(any(name in sys.modules for name in ('torch', 'diffusers', 'django')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_the_starter_is_described_as_it_is():
    assert (STARTER_LOCATION / "model_index.json").is_file()
    assert STARTER_SCHEDULE in catalog.SAMPLERS[STARTER_SAMPLER].schedules_for(STARTER_FAMILY)
    largest = max(path.stat().st_size for path in STARTER_LOCATION.rglob("*") if path.is_file())
    assert largest < 16_000_000


def test_the_starter_is_offered_each_word_once():
    assert all(len(words) == len(set(words)) for words in VOCABULARY.values())
    others = ("colours", "backgrounds", "scenes", "styles")
    assert [len(VOCABULARY[name]) for name in others] == [12, 14, 9, 9]
    assert sum(len(words) for words in VOCABULARY.values()) == 1275 + 12 + 14 + 9 + 9
    words = {word for group in VOCABULARY.values() for word in group}
    assert {"fox", "red heart", "on a blue background", "in the snow", "as pixel art"} <= words
