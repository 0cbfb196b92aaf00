"""The task `upscale` loads no checkpoint, and does nothing once cancelled."""

import pytest
from PIL import Image

from generation.errors import GenerationCancelled, GenerationError
from generation.pipelines.generate import generate
from generation.pipelines.protocol import InputImages, Part, Timings
from tests.generation.pipelines.conftest import Recorder, ask

REFERENCE = "upload:11111111-1111-1111-1111-111111111111"


def run(source, cache, parameters, indices=(0,), hooks=None, input_images=None):
    part = Part(parameters, tuple(indices), hooks or Recorder(), input_images or InputImages())
    [images] = generate(source, [part], timings=Timings(), cache=cache)
    if isinstance(images, GenerationError):
        raise images
    return images


def test_an_image_is_upscaled_without_a_checkpoint(checkpoints, cache):
    source, init = checkpoints["sd"], Image.new("RGB", (50, 30), "red")
    parameters = ask(source, task="upscale", prompt="", init_image=REFERENCE, upscale_by=2.5)
    hooks = Recorder()
    [image] = run(source, cache, parameters, hooks=hooks, input_images=InputImages(init=init))
    assert image.image.size == (125, 75)
    assert hooks.progress[-1] == (1, 1)


def test_a_cancelled_upscale_is_not_run(checkpoints, cache):
    source = checkpoints["sd"]
    parameters = ask(source, task="upscale", prompt="", init_image=REFERENCE, upscale_by=2)
    hooks = Recorder(cancel_at=0)
    with pytest.raises(GenerationCancelled):
        run(source, cache, parameters, hooks=hooks, input_images=InputImages(init=Image.new("RGB", (8, 8))))
