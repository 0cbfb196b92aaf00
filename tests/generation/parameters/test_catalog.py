"""The tables of samplers and schedules agree with each other."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from generation.parameters import catalog
from generation.starter import STARTER_FAMILY, STARTER_LOCATION, STARTER_SAMPLER, STARTER_SCHEDULE


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
        assert {"text_to_image"} <= set(family.tasks) <= {"text_to_image", "image_to_image", "inpaint"}
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
