"""Adapters in whole calls of the worker, with previews and the call that follows."""

import pytest
import torch

from generation.errors import GenerationCancelled, GenerationError
from generation.pipelines.protocol import InputImages
from tests.generation.pipelines.adapters.conftest import CASES, same
from tests.generation.pipelines.conftest import Recorder


@pytest.mark.parametrize(("kind", "family", "requested"), CASES)
def test_an_adapter_acts_on_its_call_and_on_no_other(call, files, small, kind, family, requested):
    plain = {"prompt": requested.get("prompt", "a red heart")}
    input_images = InputImages(controls=(small,), ip_adapter=small)
    hooks = Recorder()
    before = call(family, **plain)
    generated = call(family, files(kind, family), input_images, hooks, **requested)
    assert not same(generated[0], before[0])
    assert not same(generated[0], generated[1])
    assert same(call(family, files(kind, family), input_images, **requested), generated)
    assert same(call(family, **plain), before)
    step, total = hooks.progress[-1]
    assert step == total
    assert {index for index, _ in hooks.previews} == {0, 1}


@pytest.mark.parametrize(("kind", "family", "requested"), CASES)
def test_a_cancelled_call_leaves_nothing_behind(call, files, small, kind, family, requested):
    plain = {"prompt": requested.get("prompt", "a red heart")}
    before = call(family, **plain)
    with pytest.raises(GenerationCancelled):
        call(
            family,
            files(kind, family),
            InputImages(controls=(small,), ip_adapter=small),
            Recorder(cancel_at=2),
            **requested,
        )
    assert same(call(family, **plain), before)


def test_all_kinds_of_adapters_work_together(call, files, small):
    requested, assets = {}, {}
    for kind, _, one in CASES:
        requested |= one
        assets |= files(kind, "sdxl")
    requested["prompt"] = "a (x-y:1.2) heart"
    before = call("sdxl", prompt=requested["prompt"])
    generated = call("sdxl", assets, InputImages(controls=(small,), ip_adapter=small), **requested)
    assert not same(generated[0], before[0])
    assert same(call("sdxl", prompt=requested["prompt"]), before)


def test_a_file_that_does_not_fit_fails_its_call_alone(call, weights):
    before = call("sd")
    for path in (weights("kohya_lora", "sdxl"), weights("embedding", "sd")):
        with pytest.raises(GenerationError) as caught:
            call("sd", {("lora", "x"): path}, loras=[{"name": "x"}])
        assert caught.value.code == "adapter_invalid"
        assert same(call("sd"), before)


def test_running_out_of_memory_leaves_nothing_behind(call, weights, cache, checkpoints, monkeypatch):
    before = call("sd")
    decode = type(cache.get(checkpoints["sd"]).pipe.vae).decode

    def short(*args, **kwargs):
        raise torch.OutOfMemoryError("no")

    monkeypatch.setattr(type(cache.get(checkpoints["sd"]).pipe.vae), "decode", short)
    with pytest.raises(GenerationError) as caught:
        call("sd", {("lora", "x"): weights("kohya_lora", "sd")}, loras=[{"name": "x"}])
    assert caught.value.code == "out_of_memory"
    monkeypatch.setattr(type(cache.get(checkpoints["sd"]).pipe.vae), "decode", decode)
    assert same(call("sd"), before)
