"""Weights beside checkpoints are counted and released together."""

from generation.pipelines.adapters import weights_cache
from generation.pipelines.loading import releasable
from generation.pipelines.upscaling import model_cache


def test_adapters_and_upscalers_are_registered():
    stores = releasable._stores
    assert stores["adapters"].release == weights_cache.clear
    assert stores["upscalers"].release == model_cache.unload


def test_all_stores_are_counted_and_emptied(monkeypatch):
    monkeypatch.setattr(releasable, "_stores", {})
    kept = {"a": {"cuda:0": 3, "cpu": 1}, "b": {"cuda:0": 4}}
    for name, sizes in kept.items():
        releasable.register(name, releasable.Releasable(lambda device, sizes=sizes: sizes.get(device, 0), sizes.clear))
    assert [releasable.device_bytes(device) for device in ("cuda:0", "cpu", "mps")] == [7, 1, 0]
    releasable.release()
    assert releasable.device_bytes("cuda:0") == 0
