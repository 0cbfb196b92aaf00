"""Weights that are kept beside checkpoints and can be released when memory is short: adapters, upscaler networks.

Whoever keeps such weights registers once, at import; the cache of pipelines counts and releases them without knowing
what they are.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Releasable:
    """A store of weights: the bytes that it keeps on a device, by the device's name, and how to empty it."""

    device_bytes: Callable[[str], int]
    release: Callable[[], None]


_stores: dict[str, Releasable] = {}


def register(name: str, store: Releasable) -> None:
    """Count and release `store` from now on; `name` is its own."""
    _stores[name] = store


def device_bytes(device_name: str) -> int:
    """Return the bytes that all stores keep on the device."""
    return sum(store.device_bytes(device_name) for store in _stores.values())


def release() -> None:
    """Empty every store; weights in use stay in memory until they are released."""
    for store in _stores.values():
        store.release()
