"""The cache of pipelines: which ones stay in memory, and which are dropped."""

import weakref

import pytest
import torch

from generation.errors import GenerationError
from generation.pipelines import generate
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.load import load, measure_size
from generation.pipelines.protocol import Part, Timings
from generation.weights.sources import CheckpointSource
from tests.generation.pipelines.conftest import Recorder, ask

CPU = Device("cpu", torch.float32)


def slugs(cache):
    return [loaded.source.slug for loaded in cache.loaded()]


def test_a_loaded_checkpoint_is_kept(checkpoints):
    cache = PipelineCache(CPU, 2**30)
    assert cache.get(checkpoints["sd"]) is cache.get(checkpoints["sd"])


def test_the_least_recently_used_makes_room(checkpoints):
    sizes = {name: measure_size(load(checkpoints[name], CPU).pipe) for name in ("sd", "flux")}
    cache = PipelineCache(CPU, sizes["sd"] + sizes["flux"] + 100_000)  # a file is its weights and a header
    cache.get(checkpoints["sd"])
    cache.get(checkpoints["flux"])
    assert slugs(cache) == ["sd", "flux"]
    cache.get(checkpoints["sd"])
    cache.get(CheckpointSource("another", "folder", checkpoints["flux"].location))
    assert slugs(cache) == ["sd", "another"]


def test_a_checkpoint_larger_than_the_budget_is_loaded_alone(checkpoints):
    cache = PipelineCache(CPU, 1)
    cache.get(checkpoints["flux"])
    cache.get(checkpoints["sd"])
    assert slugs(cache) == ["sd"]


def test_switching_back_to_a_loaded_checkpoint_costs_no_load(checkpoints):
    loads = []

    def counted(source, device):
        loads.append(source.slug)
        return load(source, device)

    cache = PipelineCache(CPU, 2**30, loader=counted)
    for number in range(200):
        cache.get(checkpoints[("sd", "flux")[number % 2]])
    assert loads == ["sd", "flux"]


def test_what_is_dropped_leaves_nothing_behind(checkpoints):
    """Neither previews nor schedulers nor callbacks keep weights that were dropped."""
    cache = PipelineCache(CPU, 1)
    seen = []
    for number in range(6):
        source = checkpoints[("sd", "sdxl")[number % 2]]
        generate.generate(source, [Part(ask(source, steps=1), (0,), Recorder())], timings=Timings(), cache=cache)
        [loaded] = cache.loaded()
        seen.append(weakref.ref(loaded.pipe.unet))
        del loaded
    assert [unet() is None for unet in seen] == [True] * 5 + [False]


def test_the_same_name_with_other_weights_is_another_checkpoint(checkpoints):
    cache = PipelineCache(CPU, 2**30)
    first = cache.get(CheckpointSource("one", "folder", checkpoints["sd"].location))
    assert cache.get(CheckpointSource("one", "folder", checkpoints["flux"].location)) is not first
    assert cache.drop("one")
    assert not cache.drop("one")
    assert cache.loaded() == []


def test_a_failure_leaves_the_cache_usable(checkpoints, tmp_path):
    cache = PipelineCache(CPU, 2**30)
    kept = cache.get(checkpoints["sd"])
    with pytest.raises(GenerationError):
        cache.get(CheckpointSource("gone", "folder", str(tmp_path / "gone")))
    assert cache.get(checkpoints["sd"]) is kept
    cache.unload()
    assert cache.loaded() == []


def test_a_worker_prepares_once(monkeypatch):
    monkeypatch.setattr(generate, "_cache", None)
    before = torch.get_num_threads()
    try:
        assert generate.prepare(device="cpu", memory_gb=0.5) == "cpu"
    finally:
        torch.set_num_threads(before)
    assert generate.default_cache().budget_bytes == 2**29


def test_the_budget_holds_after_a_load_whose_size_was_not_known_before(checkpoints):
    """The size of a checkpoint from the Hub is known once it is loaded."""

    def from_hub(source, device):
        return load(checkpoints[source.slug], device)

    cache = PipelineCache(CPU, measure_size(load(checkpoints["sd"], CPU).pipe), loader=from_hub)
    for slug in ("sd", "sdxl", "sd"):
        cache.get(CheckpointSource(slug, "hub", f"someone/{slug}"))
        assert slugs(cache) == [slug]
