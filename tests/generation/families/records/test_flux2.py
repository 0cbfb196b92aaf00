"""Flux.2 Klein: latents in squares with a batch norm, prompts of three layers, guidance by embeddings."""

import json

import numpy as np
import torch

from generation.families import FAMILIES
from generation.families.licences import LICENCES
from generation.families.records.flux2 import FAMILY
from generation.pipelines.previews.latent_rgb import get_latent_to_rgb
from generation.weights.checkpoint_inspection import inspect

KEY = "flux2"


def test_previews_come_at_every_step_and_cancelling_takes_one(checked):
    assert FAMILIES[KEY] is FAMILY
    checked.check_previews_and_cancelling()


def test_images_of_a_batch_are_those_alone(checked):
    checked.check_batches()


def test_a_lora_changes_images_and_leaves_no_trace(checked):
    checked.check_lora()


def test_its_autoencoder_stays(checked):
    checked.check_autoencoder()


def test_other_sizes_are_refused(checked):
    checked.check_sizes()


def test_previews_are_nearer_than_a_plain_mean(checked):
    assert checked.preview_error() < 0.8
    converter = get_latent_to_rgb(checked.cache.get(checked.source))
    factor, converter.factor = converter.factor, None
    try:
        assert checked.preview_error() > 0.85  # without the statistics of the batch norm
    finally:
        converter.factor = factor


def test_the_negative_prompt_is_given_as_embeddings(checked):
    request = {"prompt": "a fox in the snow", "negative_prompt": "red heart", "guidance_scale": 5.0, "seed": 3}
    generated = checked.pixels(**request)
    pipe = checked.cache.get(checked.source).pipe
    negative, _ = pipe.encode_prompt("red heart")
    bare = pipe(
        prompt=request["prompt"],
        negative_prompt_embeds=negative,
        guidance_scale=5.0,
        width=64,
        height=64,
        num_inference_steps=2,
        generator=torch.Generator().manual_seed(3),
    ).images[0]
    assert (generated == np.asarray(bare).astype(int)).all()


def test_weights_and_edits_change_the_image(checked):
    plain = checked.pixels(prompt="a red heart", guidance_scale=3.0)
    assert (plain != checked.pixels(prompt="a (red:1.9) heart", guidance_scale=3.0)).any()
    assert (plain != checked.pixels(prompt="a [red:owl:0.5] heart", guidance_scale=3.0)).any()


def test_a_distilled_checkpoint_is_told_by_its_index(checked, tmp_path):
    found = inspect(checked.source)
    assert (found.family, found.steps, found.guidance_scale) == (KEY, 50, 4.0)
    index = checked.source.path / "model_index.json"
    kept = index.read_text()
    index.write_text(json.dumps({**json.loads(kept), "is_distilled": True}))
    try:
        found = inspect(checked.source)
    finally:
        index.write_text(kept)
    assert (found.steps, found.guidance_scale) == (4, 1.0)


def test_the_larger_ones_may_not_be_sold():
    assert [LICENCES[key].duties >= {"non_commercial"} for key in FAMILY.licences] == [False, True]
