"""What records say of diffusers is so in the installed version."""

import inspect

import diffusers
import pytest
from diffusers.models.cache_utils import CacheMixin

from generation.families import FAMILIES
from generation.families.licences import LICENCES
from generation.families.record import Family, Latents, Prompts, Variant, lacking_parts, tasks_of
from generation.parameters.catalog import SAMPLERS
from generation.pipelines.encoding.families import ENCODERS


@pytest.fixture(params=FAMILIES)
def family(request):
    return FAMILIES[request.param]


def classes(family):
    return {name: getattr(diffusers, name) for name in family.classes}


def test_its_classes_exist_and_report_each_step(family):
    assert family.step_callback
    for name, found in classes(family).items():
        assert "callback_on_step_end" in inspect.signature(found.__call__).parameters, name
    assert hasattr(diffusers, family.denoiser)


def test_guidance_and_negative_prompt_have_the_names_it_says(family):
    known = inspect.signature(getattr(diffusers, family.pipeline).__call__).parameters
    assert ("true_cfg_scale" in known) == (family.guidance in ("embedded", "true_cfg"))
    assert ("negative_prompt" in known) == family.prompts.negative
    assert family.guidance == "none" or "guidance_scale" in known or family.guidance == "true_cfg"


def test_it_compiles_and_caches_as_it_says(family):
    denoiser = getattr(diffusers, family.denoiser)
    assert bool(getattr(denoiser, "_repeated_blocks", None)) == family.compiles
    scoped = {
        task
        for task, name in family.tasks.items()
        if issubclass(denoiser, CacheMixin) and "cache_context" in inspect.getsource(getattr(diffusers, name).__call__)
    }
    assert set(family.caches) == scoped


def test_it_names_parts_that_its_pipeline_takes(family):
    known = inspect.signature(getattr(diffusers, family.pipeline).__init__).parameters
    assert set(family.parts) <= set(known)
    assert family.prompts.encoder in ENCODERS
    assert {one.folder for one in family.prompts.tokenizers} <= set(known)


def test_its_defaults_fit_it(family):
    assert SAMPLERS[family.sampler].schedules_for(family.key)
    assert family.width % family.size_multiple == family.height % family.size_multiple == 0
    assert family.least_area <= family.width * family.height <= family.most_area
    assert set(family.licences) <= set(LICENCES)
    assert family.licences


def test_a_variant_is_told_by_the_config_of_a_part():
    turbo = Variant("turbo", "distilled", "transformer", "guided", False, 4, 0.0)
    family = Family(
        "one", "One", tasks_of("One"), "", Latents(4), Prompts("plain", ()), (), 8, 64, 64, 20, 7.0, "euler",
        variants=(turbo,),
    )  # fmt: skip
    assert family.find_variant({"transformer": {"guided": False}}) is turbo
    assert family.find_variant({"transformer": {"guided": True}, "": {"guided": False}}) is None
    assert family.pipeline == "OnePipeline"


def test_files_of_a_denoiser_alone_are_refused_by_name():
    first, second = lacking_parts("one", "One", "a.weight", "b.weight")
    assert (first.family, first.marker, second.marker) == ("", "a.weight", "b.weight")
    assert first.refusal.startswith("single files of One lack parts")
