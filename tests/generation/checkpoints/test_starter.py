"""The rows of the starter checkpoint and its upscaler."""

from pathlib import Path

import pytest
import torch
from django.core.exceptions import ValidationError
from safetensors.torch import save_file

import generation.starter
from generation.checkpoints import starter
from generation.form_options import form_data
from generation.limits import Limits
from generation.models import Adapter, Checkpoint
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters
from generation.pipelines.upscaling.compact import CompactUpscaler


def test_the_starter_checkpoint_can_be_used_at_once(db):
    assert starter.offer()
    row = Checkpoint.objects.default()
    assert (row.slug, row.is_default, row.sizes) == ("starter", True, [[128, 128]])
    assert Path(row.location, "model_index.json").is_file()
    assert {"fox", "red heart"} <= {word for entry in row.vocabulary for word in entry["words"]}
    try:
        row.full_clean()
    except ValidationError as error:
        pytest.fail(str(error))
    assert resolve(GenerationParameters(prompt="a red heart"), row.defaults()).width == 128
    # What programs ask for that know nothing of this checkpoint.
    larger = resolve(GenerationParameters(prompt="a red heart", width=1024, height=512), row.defaults())
    assert (larger.width, larger.height) == (128, 128)


def test_an_administrators_edits_stay(db):
    starter.offer()
    Checkpoint.objects.update(title="Ours", steps=30, enabled=False, is_default=False)
    assert not starter.offer()
    row = Checkpoint.objects.get()
    assert (row.title, row.steps, row.enabled, row.is_default) == ("Ours", 30, False, False)


def test_a_site_that_was_moved_finds_its_starter_again(db):
    starter.offer()
    Checkpoint.objects.update(location="/gone/generation/starter/model", title="Ours")
    Adapter.objects.update(location="/gone/generation/starter/upscaler/starter-x4.safetensors", title="Ours too")
    starter.offer()
    row, adapter = Checkpoint.objects.get(), Adapter.objects.get()
    assert Path(row.location).is_dir()
    assert adapter.path.is_file()
    assert (row.title, adapter.title) == ("Ours", "Ours too")


def test_a_release_with_other_weights_updates_the_row_and_keeps_decisions(db):
    starter.offer()
    true = Checkpoint.objects.values().get()
    Checkpoint.objects.update(
        sha256="ab" * 32, size_bytes=5, vocabulary=[], step_seconds=9, title="Ours", steps=30, guidance_scale=2.5
    )
    starter.offer()
    row = Checkpoint.objects.get()
    assert (row.sha256, row.size_bytes, row.vocabulary) == (true["sha256"], true["size_bytes"], true["vocabulary"])
    assert (row.title, row.steps, row.guidance_scale, row.step_seconds) == ("Ours", 30, 2.5, 0)


def test_an_administrators_changes_stay_with_the_same_weights(db):
    starter.offer()
    Checkpoint.objects.update(vocabulary=[{"category": "Ours", "words": ["fox"]}], step_seconds=9, description="Ours")
    starter.offer()
    row = Checkpoint.objects.get()
    assert (row.vocabulary[0]["category"], row.step_seconds, row.description) == ("Ours", 9, "Ours")


@pytest.fixture
def upscaler(tmp_path, monkeypatch):
    """A starter folder that has an upscaler beside its model."""
    file = tmp_path / generation.starter.UPSCALER_FILE
    file.parent.mkdir()
    save_file({name: torch.zeros_like(weight) for name, weight in CompactUpscaler(depth=1).state_dict().items()}, file)
    (tmp_path / "model").symlink_to(generation.starter.STARTER_LOCATION)
    monkeypatch.setattr(generation.starter, "STARTER_LOCATION", tmp_path / "model")
    return file


def test_requests_that_name_no_upscaler_use_the_included_one(db, upscaler):
    starter.offer()
    adapter = Adapter.objects.get()
    assert (adapter.kind, adapter.slug, adapter.enabled) == ("upscaler", generation.starter.UPSCALER_SLUG, True)
    assert adapter.path == upscaler
    assert "CC-BY" in adapter.licence, "it learned from Twemoji, the checkpoint did not"
    assert adapter.size_bytes == upscaler.stat().st_size
    requested = GenerationParameters(prompt="a red heart", upscale_by=4)
    assert resolve(requested, Checkpoint.objects.get().defaults()).upscaler == adapter.slug
    starter.offer()
    assert Adapter.objects.count() == 1


def test_the_studio_upscales_the_starter_and_programs_get_the_size_that_they_ask_for(db, upscaler):
    starter.offer()
    row = Checkpoint.objects.get()
    assert form_data([row], Limits())["checkpoints"][0]["studio_upscale_by"] == 4
    assert resolve(GenerationParameters(prompt="a red heart"), row.defaults()).upscale_by == 1


def test_a_site_of_before_gets_the_upscaler_with_the_weights_unless_it_chose_another(db, upscaler):
    starter.offer()
    Adapter.objects.all().delete()
    Checkpoint.objects.update(upscaler="")
    starter.offer()
    assert not Adapter.objects.exists(), "taken away by somebody, and the weights are the same"
    Checkpoint.objects.update(sha256="ab" * 32)
    starter.offer()
    assert Checkpoint.objects.get().upscaler == Adapter.objects.get().slug
    Checkpoint.objects.update(sha256="ab" * 32, upscaler="nearest")
    starter.offer()
    assert Checkpoint.objects.get().upscaler == "nearest"


def test_without_an_upscaler_nothing_is_offered(db, monkeypatch):
    monkeypatch.setattr(generation.starter, "UPSCALER_FILE", "nothing.safetensors")
    starter.offer()
    assert not Adapter.objects.exists()
    assert Checkpoint.objects.get().upscaler == ""
