"""Drafts with a step cache: fewer blocks are computed, and the next exact job is as if there had been none."""

from dataclasses import replace

import numpy as np
import pytest

from generation.errors import GenerationCancelled
from generation.parameters.speed import modes
from generation.pipelines.loading.pipeline_state import find_differences
from tests.generation.pipelines.conftest import Recorder
from tests.generation.pipelines.speed.conftest import pixels, run

STEPS = 16


@pytest.fixture(autouse=True)
def _threshold(monkeypatch):
    """Random weights change much from step to step; trained ones, for which the threshold is, change a tenth of it."""
    monkeypatch.setattr(modes, "STEP_CACHE", replace(modes.STEP_CACHE, threshold=0.3))


@pytest.fixture
def blocks(cache, checkpoints):
    """Return a list to which the last block of the tiny Flux adds itself each time that it is computed."""
    computed = []
    attention = cache.get(checkpoints["flux"]).pipe.transformer.single_transformer_blocks[-1].attn
    hook = attention.register_forward_hook(lambda *_: computed.append(1))
    yield computed
    hook.remove()


def test_a_draft_with_a_step_cache_computes_fewer_blocks_and_leaves_nothing_behind(cache, checkpoints, blocks):
    source = checkpoints["flux"]
    exact = run(cache, source, steps=STEPS)
    assert len(blocks) == STEPS
    assert exact.receipt["speed"] == {"mode": "exact", "techniques": []}
    blocks.clear()
    draft = run(cache, source, steps=STEPS, speed_mode="draft")
    assert 0 < len(blocks) < STEPS
    assert draft.receipt["speed"] == {
        "mode": "draft",
        "techniques": [{"name": "first_block_cache", "threshold": 0.3}],
    }
    assert not np.array_equal(pixels(draft), pixels(exact))
    assert find_differences(cache.get(source)) == []
    blocks.clear()
    assert np.array_equal(pixels(run(cache, source, steps=STEPS)), pixels(exact))
    assert len(blocks) == STEPS
    assert np.array_equal(pixels(run(cache, source, steps=STEPS, speed_mode="draft")), pixels(draft))


def test_a_cancelled_draft_leaves_nothing_behind(cache, checkpoints, blocks):
    source = checkpoints["flux"]
    with pytest.raises(GenerationCancelled):
        run(cache, source, hooks=Recorder(cancel_at=3), steps=STEPS, speed_mode="draft")
    assert not cache.get(source).pipe.transformer.is_cache_enabled
    assert find_differences(cache.get(source)) == []
    blocks.clear()
    run(cache, source, steps=4)
    assert len(blocks) == 4


def test_the_second_pass_of_a_draft_is_computed_whole(cache, checkpoints, blocks):
    """Its pipeline does not tell the denoiser which call is which, so a step cache would fail there."""
    hooks = Recorder()
    run(cache, checkpoints["flux"], hooks=hooks, steps=STEPS, speed_mode="draft", hires={"scale": 1.5, "strength": 0.5})
    assert STEPS // 2 < len(blocks) < hooks.progress[-1][1]
