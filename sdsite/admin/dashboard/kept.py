"""What the dashboard adds up over many rows, kept for some seconds by each web process."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

Made = TypeVar("Made")
_kept: dict[tuple[Any, ...], tuple[float, Any]] = {}  # a few keys: periods, languages


def keep(key: tuple[Any, ...], seconds: float, make: Callable[[], Made]) -> Made:
    """Return what `make` returned for `key`, if that is less than `seconds` ago; otherwise make it anew."""
    found = _kept.get(key)
    if found is None or time.monotonic() - found[0] > seconds:
        found = _kept[key] = (time.monotonic(), make())
    made: Made = found[1]
    return made


def forget() -> None:
    """Make everything anew when it is next asked for."""
    _kept.clear()
