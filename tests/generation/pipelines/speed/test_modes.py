"""Speed modes of a pipeline call: what each computes, and what its receipt says."""

import numpy as np
import pytest

from generation.parameters.defaults import FewStep
from generation.pipelines.loading.placement import made_small
from generation.weights.sources import WeightsSource
from tests.generation.pipelines.conftest import Recorder
from tests.generation.pipelines.speed.conftest import pixels, run
from tests.support.tiny import adapters


@pytest.mark.parametrize("name", ["sd", "sdxl", "sd3", "z_image"])
def test_without_a_step_cache_a_draft_takes_half_the_steps(cache, checkpoints, name):
    source, hooks = checkpoints[name], Recorder()
    draft = run(cache, source, hooks=hooks, steps=10, speed_mode="draft")
    assert hooks.progress[-1] == (5, 5)
    assert draft.receipt["speed"]["techniques"] == [{"name": "fewer_steps", "steps": 5, "instead_of": 10}]
    assert np.array_equal(pixels(draft), pixels(run(cache, source, steps=5)))


def test_a_draft_of_few_steps_says_that_nothing_differs(cache, starter):
    draft = run(cache, starter, steps=4, speed_mode="draft")
    assert draft.receipt["speed"] == {"mode": "draft", "techniques": []}
    assert np.array_equal(pixels(draft), pixels(run(cache, starter, steps=4)))


def test_a_small_job_has_weights_in_eight_bits_beside_the_exact_ones(cache, checkpoints):
    source = checkpoints["sd3"]
    exact = run(cache, source)
    small = run(cache, source, speed_mode="small")
    assert small.receipt["speed"] == {"mode": "small", "techniques": [{"name": "eight_bit_weights"}]}
    assert (exact.receipt["precision"], small.receipt["precision"]) == ("full", "quantized")
    kept = cache.get(made_small(source, cache.device))
    assert kept.size_bytes < cache.get(source).size_bytes
    assert np.array_equal(pixels(run(cache, source)), pixels(exact))
    assert np.array_equal(pixels(run(cache, source, speed_mode="small")), pixels(small))
    assert cache.drop(source.slug)
    assert source.slug not in [loaded.source.slug for loaded in cache.loaded()]


@pytest.mark.parametrize("name", ["sd", "flux"])
def test_a_lora_for_few_steps_makes_the_draft_and_is_gone_afterwards(cache, checkpoints, tmp_path, name):
    source, path = checkpoints[name], adapters.peft_lora(name, tmp_path / "fast.safetensors")
    assets = {("lora", "fast"): WeightsSource("lora", "fast", path, sha256="f" * 64, family=name)}
    few_step = FewStep("fast", 3, "lcm" if name == "sd" else "")
    exact = run(cache, source, steps=16)
    hooks = Recorder()
    draft = run(cache, source, hooks, few_step=few_step, assets=assets, steps=16, speed_mode="draft")
    assert hooks.progress[-1] == (3, 3)
    [technique] = draft.receipt["speed"]["techniques"]
    told = {"name": "few_step_lora", "lora": "fast", "steps": 3, "instead_of": 16}
    assert technique == {**told, "sampler": few_step.sampler or "euler"}
    assert draft.receipt["weights"] == {"fast": "f" * 64}
    by_hand = {"steps": 3, "sampler": technique["sampler"], "loras": [{"name": "fast"}]}
    by_hand |= {"guidance_scale": 1.0} if name == "sd" else {}
    same = run(cache, source, assets=assets, **by_hand)
    assert np.array_equal(pixels(draft), pixels(same))
    assert np.array_equal(pixels(run(cache, source, steps=16)), pixels(exact))
