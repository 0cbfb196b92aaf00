"""Prompts with syntax in whole calls: several jobs, tasks that start from images, second passes."""

import numpy as np
import pytest
from PIL import Image

from generation.errors import GenerationCancelled
from generation.pipelines.generate import generate
from generation.pipelines.protocol import InputImages, Part, Timings
from tests.generation.pipelines.conftest import Recorder, ask

FAMILIES = ("sd", "sdxl", "sd3", "flux")
EDIT, BOTH = "a [fox:owl:0.5] (at night:1.3)", "a cat AND a dog :0.7"


def run(source, cache, *prompts, hooks=None, input_images=None, **requested):
    """Return the image of each prompt, each of a job of its own, generated in one call."""
    parts = [
        Part(ask(source, prompt=prompt, **requested), (0,), hooks or Recorder(), input_images or InputImages())
        for prompt in prompts
    ]
    generated = generate(source, parts, timings=Timings(), cache=cache)
    return [np.asarray(images[0].image).astype(int) for images in generated]


@pytest.mark.parametrize("family", ["sd", "flux"])
def test_jobs_with_prompts_of_all_kinds_share_a_call(checkpoints, cache, family):
    source, prompts = checkpoints[family], ["a fox", EDIT, BOTH, "fox:0.5 owl:0.5"]
    together = run(source, cache, *prompts)
    for prompt, image in zip(prompts[:3], together, strict=False):
        [alone] = run(source, cache, prompt)
        assert np.abs(alone - image).max() <= 2
    assert np.abs(together[0] - together[1]).max() > 2


@pytest.mark.parametrize("family", FAMILIES)
def test_prompt_syntax_works_with_image_to_image(checkpoints, cache, family):
    source = checkpoints[family]
    start = InputImages(init=Image.new("RGB", (64, 64), "teal"))
    requested = {"task": "image_to_image", "init_image": "upload:00000000-0000-4000-8000-000000000000", "strength": 0.9}
    plain, edited, both = (
        run(source, cache, prompt, input_images=start, **requested)[0] for prompt in ("a fox", "[a fox|an owl]", BOTH)
    )
    same = run(source, cache, "[a fox:a fox:2]", input_images=start, **requested)[0]
    assert (same == plain).all()
    assert (edited != plain).any()
    assert (both != plain).any()


def test_a_second_pass_begins_where_the_first_has_ended(checkpoints, cache):
    source = checkpoints["sd"]
    hires = {"hires": {"scale": 1.5, "strength": 0.6, "upscaler": "latent"}}
    assert (run(source, cache, "[a fox:an owl:4]", **hires)[0] != run(source, cache, "a fox", **hires)[0]).any()
    # An edit after both passes happens in neither; one at the last step of the first has happened in the second.
    assert (run(source, cache, "[a fox:an owl:99]", **hires)[0] == run(source, cache, "a fox", **hires)[0]).all()


def test_cancelling_between_steps_leaves_nothing_behind(checkpoints, cache):
    source = checkpoints["sdxl"]
    [before] = run(source, cache, "a fox")
    with pytest.raises(GenerationCancelled):
        run(source, cache, BOTH, hooks=Recorder(cancel_at=2))
    assert (run(source, cache, "a fox")[0] == before).all()


def test_progress_and_previews_go_on_while_prompts_change(checkpoints, cache):
    hooks = Recorder()
    run(checkpoints["sd"], cache, "[a|b] AND c", hooks=hooks, preview={"every": 1})
    assert hooks.progress == [(step, 4) for step in range(1, 5)]
    assert len(hooks.previews) >= 3


def test_clip_skip_and_long_prompts_change_the_image(checkpoints, cache):
    source = checkpoints["sd"]
    plain, skipped = (run(source, cache, "a fox", clip_skip=skip)[0] for skip in (1, 2))
    assert (plain != skipped).any()
    long = "a red fox in the snow, " * 14
    assert (run(source, cache, long + "an owl")[0] != run(source, cache, long + "a lion")[0]).any()
