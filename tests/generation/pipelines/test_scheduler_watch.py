"""The predicted image is recognisable long before the last step."""

import io

import numpy as np
import pytest
from PIL import Image

from generation.pipelines.generate import generate
from generation.pipelines.protocol import Part, Timings
from tests.generation.pipelines.conftest import Recorder, ask


def run(source, cache, hooks, indices=(0,), **requested):
    [generated] = generate(
        source, [Part(ask(source, **requested), tuple(indices), hooks)], timings=Timings(), cache=cache
    )
    return generated


def opened(jpeg):
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    return image


def difference(first, second):
    return np.abs(np.asarray(first, dtype=float) - np.asarray(second, dtype=float)).mean()


@pytest.mark.parametrize("sampler", ["ddim", "euler", "heun", "dpmpp_2m", "unipc"])
def test_the_image_is_recognisable_long_before_the_end(starter, cache, sampler):
    """Previews show the network's prediction of the clean image, in the sample space of every sampler."""
    hooks = Recorder()
    [image] = run(starter, cache, hooks, steps=10, sampler=sampler, schedule="normal", preview={"every": 1})
    last = max(step for _, step in hooks.previews)
    seen = {step: opened(hooks.previews[0, step]) for step in (last // 2, last)}
    for shown in seen.values():
        assert difference(shown, image.image) < 30
        assert difference(shown, Image.new("RGB", (128, 128), "gray")) > 60
