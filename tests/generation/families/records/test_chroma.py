"""Chroma: T5 alone, latents like Flux.1, guidance of the usual kind."""

import pytest

from generation.families import FAMILIES
from generation.families.records.chroma import FAMILY
from generation.parameters.validators import FieldRefused

KEY = "chroma"


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


def test_other_sizes_are_refused(checked):
    checked.check_sizes()


def test_previews_are_as_near_as_those_of_older_families(checked):
    assert checked.preview_error() < 1.1


def test_hires_goes_on_from_latents_and_pixels(checked):
    checked.check_hires()


def test_inpainting_is_not_offered(checked):
    upload = "upload:00000000-0000-4000-8000-000000000000"
    with pytest.raises(FieldRefused, match="task must be one of text_to_image, image_to_image"):
        checked.images(init_image=upload, mask_image=upload)
