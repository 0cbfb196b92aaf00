"""Adapters of a request: which names are accepted."""

import pytest

from generation.errors import JobRefused
from generation.parameters.schema import ResolvedParameters
from generation.worker.weights import get_assets
from tests.support.adapter_files import make_adapter, write_weights
from tests.support.factories import make_checkpoint, make_job

PICTURE = "upload:00000000-0000-4000-8000-000000000000"


@pytest.fixture
def fox(db, tmp_path):
    return make_adapter("lora", "fox", write_weights(tmp_path / "fox.safetensors"), title="Fox_in_snow")


def assets(job):
    return get_assets(ResolvedParameters.model_validate(job.parameters), job.checkpoint.family)


@pytest.mark.parametrize("name", ["fox", "FOX", "fox_in_SNOW"])
def test_slugs_and_titles_are_taken_whatever_the_case(alice, checkpoint, fox, name):
    job = make_job(alice, checkpoint, loras=[{"name": name, "weight": 0.5}])
    [(key, found)] = assets(job).items()
    assert key == ("lora", name)
    assert (found.slug, found.path, found.family) == ("fox", fox.path, "sd")


@pytest.mark.parametrize(
    ("requested", "field"),
    [
        ({"loras": [{"name": "fox"}, {"name": "owl"}]}, "loras.1.name"),
        ({"vae": "owl"}, "vae"),
        ({"upscaler": "owl", "upscale_by": 2}, "upscaler"),
    ],
)
def test_an_unknown_name_is_refused_by_its_field(alice, checkpoint, fox, requested, field):
    with pytest.raises(JobRefused) as caught:
        make_job(alice, checkpoint, **requested)
    assert (caught.value.code, list(caught.value.fields)) == ("adapter_missing", [field])
    assert "owl" in caught.value.fields[field]


def test_the_refusal_names_what_there_is(alice, checkpoint, fox):
    with pytest.raises(JobRefused, match="must be one of fox; got 'owl'"):
        make_job(alice, checkpoint, loras=[{"name": "owl"}])


def test_a_disabled_one_is_unknown(alice, checkpoint, fox):
    fox.enabled = False
    fox.save()
    with pytest.raises(JobRefused, match="has none for sd yet"):
        make_job(alice, checkpoint, loras=[{"name": "fox"}])


def test_another_family_is_refused(alice, fox):
    xl = make_checkpoint("xl", family="sdxl")
    with pytest.raises(JobRefused) as caught:
        make_job(alice, xl, loras=[{"name": "fox"}])
    assert (caught.value.code, list(caught.value.fields)) == ("adapter_invalid", ["loras.0.name"])


def test_of_two_with_one_title_that_of_the_family_is_taken(alice, checkpoint, fox, tmp_path):
    make_adapter("lora", "a-fox", tmp_path / "xl.safetensors", title="Fox_in_snow", family="sdxl")
    job = make_job(alice, checkpoint, loras=[{"name": "fox_in_snow"}])
    assert assets(job)["lora", "fox_in_snow"].slug == "fox"


def test_cells_of_a_grid_are_looked_at_one_by_one(alice, checkpoint, fox):
    axes = [{"field": "loras.0.name", "values": ["fox", "owl"]}]
    with pytest.raises(JobRefused, match="owl"):
        make_job(alice, checkpoint, loras=[{"name": "fox"}], grid={"axes": axes})
