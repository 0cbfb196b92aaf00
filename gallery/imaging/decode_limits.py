"""Room for decoded pictures: a file of a few kilobytes may hold 64 million pixels, and many may come at once."""

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any, TypeVar

from PIL import Image

MOST_PIXELS = 64_000_000  # of one picture, 256 MB once decoded; and of all that are decoded at one time in a process

Function = TypeVar("Function", bound=Callable[..., Any])

_changed = threading.Condition()
_taken = 0  # pixels, guarded by `_changed`
_mine = threading.local()


@contextmanager
def reserve_pixels(*files: bytes) -> Iterator[None]:
    """Wait until no more than MOST_PIXELS will be decoded in this process with `files`, and keep that room inside.

    What is larger by itself waits until nothing else is decoded. A thread that has room already gets no more and waits
    for nothing, so whoever opens several pictures takes the room for all of them first.
    """
    global _taken
    if getattr(_mine, "has_room", False):
        yield
        return
    pixels = sum(_pixels(file) for file in files)
    with _changed:
        _changed.wait_for(lambda: _taken == 0 or _taken + pixels <= MOST_PIXELS)
        _taken += pixels
    _mine.has_room = True
    try:
        yield
    finally:
        _mine.has_room = False
        with _changed:
            _taken -= pixels
            _changed.notify_all()


def reserving_pixels(function: Function) -> Function:
    """Decorate a function whose argument `data` is a picture's file, so that it runs with room for it."""

    @wraps(function)
    def running(*, data: bytes, **others: Any) -> Any:
        with reserve_pixels(data):
            return function(data=data, **others)

    return running  # type: ignore[return-value]


def _pixels(data: bytes) -> int:
    """Return what the head of a file says; 0 where it cannot be read, and then nothing will be decoded."""
    with suppress(Exception), Image.open(io.BytesIO(data)) as image:
        width, height = image.size
        return min(int(width * height), MOST_PIXELS)
    return 0
