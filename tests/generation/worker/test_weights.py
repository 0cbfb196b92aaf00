"""The worker finds the adapters of a job; one that was deleted fails it."""

import pytest

from generation.errors import GenerationError
from generation.parameters.schema import ResolvedParameters
from generation.worker.weights import get_assets
from tests.support.adapter_files import make_adapter, write_weights
from tests.support.factories import make_job


@pytest.fixture
def fox(db, tmp_path):
    return make_adapter("lora", "fox", write_weights(tmp_path / "fox.safetensors"), title="Fox_in_snow")


def assets(job):
    return get_assets(ResolvedParameters.model_validate(job.parameters), job.checkpoint.family)


def test_an_adapter_that_was_removed_meanwhile_fails_the_job(alice, checkpoint, fox):
    job = make_job(alice, checkpoint, loras=[{"name": "fox"}])
    fox.path.unlink()
    with pytest.raises(GenerationError) as caught:
        assets(job)
    assert caught.value.code == "adapter_missing"
    fox.delete()
    with pytest.raises(GenerationError, match="was removed from the site"):
        assets(job)


@pytest.mark.parametrize(
    ("prompt", "called"),
    [("a red heart", False), ("a heart in ART-style", True), ("(art-style:1.2)", True), ("smart-styles", False)],
)
def test_embeddings_in_the_prompt_are_loaded(alice, checkpoint, tmp_path, prompt, called):
    path = write_weights(tmp_path / "art.safetensors", "embedding")
    make_adapter("embedding", "art", path, token="art-style")
    make_adapter("embedding", "art-xl", path, token="art-style", family="sdxl")
    found = assets(make_job(alice, checkpoint, prompt=prompt))
    assert [key for key in found] == ([("embedding", "art-style")] if called else [])
    assert all(one.slug == "art" for one in found.values())


def test_a_negative_prompt_calls_them_too(alice, checkpoint, tmp_path):
    path = write_weights(tmp_path / "bad.safetensors", "embedding")
    make_adapter("embedding", "bad", path, token="badhands")
    assert ("embedding", "badhands") in assets(make_job(alice, checkpoint, negative_prompt="blurry, badhands"))
