"""Krea 2: layers of a vision-language model, an autoencoder of videos, guidance that is added."""

import json

from generation.families import FAMILIES
from generation.families.licences import LICENCES
from generation.families.records.krea2 import FAMILY
from generation.weights.checkpoint_inspection import inspect

KEY = "krea2"


def test_previews_come_at_every_step_and_cancelling_takes_one(checked):
    assert FAMILIES[KEY] is FAMILY
    checked.check_previews_and_cancelling()


def test_images_of_a_batch_are_those_alone(checked):
    checked.check_batches()
    checked.check_companions()


def test_a_lora_changes_images_and_leaves_no_trace(checked):
    checked.check_lora()


def test_prompts_are_read_as_they_are_written(checked):
    checked.check_plain_prompts()


def test_its_autoencoder_stays_and_other_sizes_are_refused(checked):
    checked.check_autoencoder()
    checked.check_sizes()


def test_previews_are_as_near_as_those_of_older_families(checked):
    assert checked.preview_error() < 1.1


def test_a_distilled_checkpoint_is_told_by_its_index(checked):
    index = checked.source.path / "model_index.json"
    kept = index.read_text()
    index.write_text(json.dumps({**json.loads(kept), "is_distilled": True}))
    try:
        found = inspect(checked.source)
    finally:
        index.write_text(kept)
    assert (found.steps, found.guidance_scale) == (8, 0.0)


def test_guidance_of_0_is_none(checked):
    assert (checked.pixels(guidance_scale=0, negative_prompt="snow") == checked.pixels(guidance_scale=0)).all()


def test_its_licence_asks_for_a_filter():
    assert "content_filter" in LICENCES[FAMILY.licences[0]].duties
