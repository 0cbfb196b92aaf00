"""Limit on the pixels that are decoded at once: a file of a few kilobytes may hold 64 million of them."""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any, TypeVar

from PIL import Image

MOST_PIXELS = 64_000_000  # of one image, 256 MB once decoded; and of all images being decoded in a process

Function = TypeVar("Function", bound=Callable[..., Any])

_changed = threading.Condition()
_reserved = 0  # pixels, guarded by `_changed`
_thread = threading.local()


@contextmanager
def reserve_pixels(*files: bytes) -> Iterator[None]:
    """Wait until MOST_PIXELS are enough for `files` and all that is being decoded, and reserve their pixels meanwhile.

    Files that exceed the limit alone wait until nothing else is decoded. A thread that has a reservation gets no second
    one and does not wait, so a caller that opens several images must reserve pixels for all of them first.
    """
    global _reserved
    if getattr(_thread, "has_reservation", False):
        yield
        return
    pixels = sum(_pixels(file) for file in files)
    with _changed:
        _changed.wait_for(lambda: _reserved == 0 or _reserved + pixels <= MOST_PIXELS)
        _reserved += pixels
    _thread.has_reservation = True
    try:
        yield
    finally:
        _thread.has_reservation = False
        with _changed:
            _reserved -= pixels
            _changed.notify_all()


def reserving_pixels(function: Function) -> Function:
    """Decorate a function whose argument `data` is an image file, so that it runs with pixels reserved for it."""

    @wraps(function)
    def running(*, data: bytes, **others: Any) -> Any:
        with reserve_pixels(data):
            return function(data=data, **others)

    return running  # type: ignore[return-value]


def _pixels(data: bytes) -> int:
    """Return the pixels that the header of a file states, at most MOST_PIXELS; 0 if it cannot be read or decoded."""
    with suppress(Exception), Image.open(io.BytesIO(data)) as image:
        width, height = image.size
        return min(int(width * height), MOST_PIXELS)
    return 0
