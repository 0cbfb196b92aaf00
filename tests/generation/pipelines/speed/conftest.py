"""One image of a tiny checkpoint in a speed mode."""

import numpy as np

from generation.pipelines import generate
from generation.pipelines.protocol import Part, Timings
from tests.generation.pipelines.conftest import Recorder, ask


def run(cache, source, hooks=None, few_step=None, assets=None, **requested):
    part = Part(ask(source, **requested), (0,), hooks or Recorder(), few_step=few_step)
    [[image]] = generate.generate(source, [part], timings=Timings(), assets=assets, cache=cache)
    return image


def pixels(image):
    return np.asarray(image.image)
