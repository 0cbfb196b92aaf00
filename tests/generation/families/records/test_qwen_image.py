"""Qwen-Image: guidance under another name, an autoencoder of videos, latents scaled by channel."""

import numpy as np

from generation.families import FAMILIES
from generation.families.records.qwen_image import FAMILY

KEY = "qwen_image"


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


def test_hires_goes_on_from_latents_and_pixels(checked):
    checked.check_hires()


def test_the_negative_prompt_counts_where_guidance_is_on(checked):
    ones = [checked.pixels(negative_prompt=text, guidance_scale=6.0) for text in ("", "snow", "red owl")]
    assert np.abs(ones[1] - ones[2]).max() > 0
    assert (checked.pixels(negative_prompt="snow", guidance_scale=1.0) == checked.pixels(guidance_scale=1.0)).all()
