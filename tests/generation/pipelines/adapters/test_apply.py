"""Adapters through the door of the worker: whole calls, previews and the next call included."""

import numpy as np
import pytest
import torch
from PIL import Image

from generation.errors import GenerationCancelled, GenerationError
from generation.pipelines.generate import generate
from generation.pipelines.protocol import InputImages, Part, Timings
from generation.weights.sources import WeightsSource
from tests.generation.pipelines.adapters.conftest import same
from tests.generation.pipelines.conftest import Recorder, ask

PICTURE = "upload:00000000-0000-4000-8000-000000000000"


@pytest.fixture
def small():
    grid = np.indices((64, 64)).sum(axis=0) // 16 % 2 * 255
    return Image.fromarray(np.stack([grid, 255 - grid, grid // 2], axis=-1).astype(np.uint8))


@pytest.fixture
def call(checkpoints, cache):
    """Return a function that draws: `call(family, {(kind, name): path}, pictures, **wish)`; the first image."""

    def run(family, assets=None, input_images=None, hooks=None, **requested):
        source = checkpoints[family]
        part = Part(
            ask(source, **{"steps": 3, **requested}), (0, 1), hooks or Recorder(), input_images or InputImages()
        )
        found = {key: WeightsSource(*key, path, family=family) for key, path in (assets or {}).items()}
        [drawn] = generate(source, [part], timings=Timings(), cache=cache, assets=found)
        if isinstance(drawn, GenerationError):
            raise drawn
        return [np.asarray(one.image) for one in drawn]

    return run


CASES = [
    ("lora", "sd", {"loras": [{"name": "x"}]}),
    ("embedding", "sdxl", {"prompt": "a (x-y:1.2) heart"}),
    ("vae", "sd", {"vae": "x"}),
    ("controlnet", "sdxl", {"controls": [{"model": "x", "image": PICTURE, "preprocessor": "canny"}]}),
    ("ip_adapter", "sd", {"ip_adapter": {"model": "x", "image": PICTURE}}),
    ("refiner", "sdxl", {"refiner": {"checkpoint": "x", "start": 0.4}}),
]
BUILDERS = {"lora": "kohya_lora", "vae": "autoencoder"}
SUFFIXES = {"lora": ".safetensors", "embedding": ".safetensors"}


@pytest.fixture
def files(weights):
    def find(kind, family):
        family = () if kind == "refiner" else (family,)
        path = weights(BUILDERS.get(kind, kind), *family, suffix=SUFFIXES.get(kind, ""))
        return {(kind, "x-y" if kind == "embedding" else "x"): path}

    return find


@pytest.mark.parametrize(("kind", "family", "requested"), CASES)
def test_it_counts_for_its_call_and_for_no_other(call, files, small, kind, family, requested):
    plain = {"prompt": requested.get("prompt", "a red heart")}
    input_images = InputImages(controls=(small,), ip_adapter=small)
    hooks = Recorder()
    before = call(family, **plain)
    drawn = call(family, files(kind, family), input_images, hooks, **requested)
    assert not same(drawn[0], before[0])
    assert not same(drawn[0], drawn[1])
    assert same(call(family, files(kind, family), input_images, **requested), drawn)
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


HIRES = {"hires": {"scale": 1.5, "steps": 2, "strength": 0.6, "upscaler": "lanczos"}}


@pytest.mark.parametrize("kind", ["lora", "controlnet", "refiner"])
def test_it_counts_in_every_pass(call, files, small, kind):
    requested = dict((one, requested) for one, _, requested in CASES)[kind] | HIRES
    drawn = call("sdxl", files(kind, "sdxl"), InputImages(controls=(small,)), **requested)
    assert drawn[0].shape == (96, 96, 3)
    assert not same(drawn[0], call("sdxl", **HIRES)[0])


def test_all_at_once(call, files, small):
    requested, assets = {}, {}
    for kind, _, one in CASES:
        requested |= one
        assets |= files(kind, "sdxl")
    requested["prompt"] = "a (x-y:1.2) heart"
    before = call("sdxl", prompt=requested["prompt"])
    drawn = call("sdxl", assets, InputImages(controls=(small,), ip_adapter=small), **requested)
    assert not same(drawn[0], before[0])
    assert same(call("sdxl", prompt=requested["prompt"]), before)


def test_a_file_that_does_not_fit_fails_its_call_alone(call, weights):
    before = call("sd")
    for path in (weights("kohya_lora", "sdxl"), weights("embedding", "sd")):
        with pytest.raises(GenerationError) as caught:
            call("sd", {("lora", "x"): path}, loras=[{"name": "x"}])
        assert caught.value.code == "adapter_invalid"
        assert same(call("sd"), before)


def test_a_shortage_of_memory_leaves_nothing_behind(call, weights, cache, checkpoints, monkeypatch):
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
