"""Calls with images that differ: variations, and prompts of their own."""

import numpy as np
import pytest

from generation.errors import GenerationError
from generation.pipelines.generate import generate
from generation.pipelines.protocol import InputImages, Part, Timings
from tests.generation.pipelines.conftest import Recorder, ask


def run(source, cache, parameters, indices=(0,), hooks=None, input_images=None):
    part = Part(parameters, tuple(indices), hooks or Recorder(), input_images or InputImages())
    [images] = generate(source, [part], timings=Timings(), cache=cache)
    if isinstance(images, GenerationError):
        raise images
    return images


def pixels(image):
    return np.asarray(image.image)


@pytest.mark.parametrize("family", ["sd", "sdxl", "sd3", "flux"])
def test_a_variation_of_strength_one_is_the_image_of_the_variation_seed(checkpoints, cache, family):
    source = checkpoints[family]
    [other] = run(source, cache, ask(source, seed=8))
    [same] = run(source, cache, ask(source, seed=7, variation_seed=8, variation_strength=1))
    [between] = run(source, cache, ask(source, seed=7, variation_seed=8, variation_strength=0.3))
    assert np.array_equal(pixels(same), pixels(other))
    assert not np.array_equal(pixels(between), pixels(other))


def test_images_with_different_prompts_share_a_call(checkpoints, cache):
    source = checkpoints["sd"]
    parameters = ask(source, prompt="a {red|green|blue} heart", count=3, seed=1)
    assert len(set(parameters.image_prompts)) > 1
    together = run(source, cache, parameters, range(3))
    assert [image.position for image in together] == [0, 1, 2]
    for image, prompt in zip(together, parameters.image_prompts, strict=True):
        [alone] = run(source, cache, ask(source, prompt=prompt, seed=image.seed))
        assert np.abs(pixels(alone).astype(int) - pixels(image)).max() <= 2
