"""Callbacks of a pipeline: progress, cancelling, and hooks that raise."""

import numpy as np
import pytest

from generation.errors import GenerationCancelled, GenerationError
from generation.pipelines.generate import generate
from generation.pipelines.protocol import Part, Timings
from tests.generation.pipelines.conftest import Recorder, ask


def run(source, parameters, cache, indices=(0,), hooks=None, timings=None):
    part = Part(parameters, tuple(indices), hooks or Recorder())
    [generated] = generate(source, [part], timings=timings or Timings(), cache=cache)
    if isinstance(generated, GenerationError):
        raise generated
    return generated


def pixels(generated):
    return np.asarray(generated.image)


def test_cancelling_takes_effect_within_one_step_and_leaves_the_pipeline_usable(starter, cache):
    parameters = ask(starter, steps=6, preview={"every": 1})
    before = run(starter, parameters, cache)[0]
    own = cache.get(starter).pipe.scheduler
    hooks = Recorder(cancel_at=2)
    with pytest.raises(GenerationCancelled):
        run(starter, parameters, cache, hooks=hooks)
    assert hooks.progress == [(1, 6), (2, 6)]
    assert cache.get(starter).pipe.scheduler is own
    assert np.array_equal(pixels(run(starter, parameters, cache)[0]), pixels(before))


def test_progress_counts_what_the_pipeline_counts(starter, cache):
    hooks = Recorder()
    run(starter, ask(starter, sampler="heun"), cache, hooks=hooks)
    assert hooks.progress == [(step, 7) for step in range(1, 8)]  # twice a step, once for the last


def test_a_hook_that_raises_leaves_the_pipeline_as_it_was(starter, cache):
    class Broken(Recorder):
        def on_progress(self, step, total):
            raise ZeroDivisionError

    own = cache.get(starter).pipe.scheduler
    with pytest.raises(ZeroDivisionError):
        run(starter, ask(starter), cache, hooks=Broken())
    assert cache.get(starter).pipe.scheduler is own
