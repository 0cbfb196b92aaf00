"""Limit on the pixels that are decoded at once, and turns: a file of a few kilobytes may hold 64 million pixels.

Images of one person are decoded one at a time, in the order in which they came, and those of different people in turn,
so that nobody waits for all images of another. Small images do not wait for large ones.
"""

import io
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from PIL import Image

from sdsite.core.rate_limits import RateLimited

MOST_PIXELS = 64_000_000  # of one image, 256 MB once decoded; and of all images being decoded in a process
SMALL_PIXELS = 4_000_000  # up to which images count as small
MOST_SMALL_PIXELS = 16_000_000  # of all small images being decoded, beside MOST_PIXELS of the others
MOST_WAITING = 4  # images of one person that may wait while another one of theirs is decoded
LONGEST_WAIT = 60.0  # seconds
SECONDS_AN_IMAGE = 4  # of the largest; for Retry-After

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(eq=False)
class _Turn:
    """Files that are decoded together, or wait for that; `person` is None for the site's own work."""

    pixels: int
    person: int | None

    @property
    def is_small(self) -> bool:
        return self.pixels <= SMALL_PIXELS


_changed = threading.Condition()
_waiting: list[_Turn] = []  # by arrival; both lists are guarded by `_changed`
_decoding: list[_Turn] = []
_thread = threading.local()


@contextmanager
def reserve_pixels(*files: bytes, person: int | None = None) -> Iterator[None]:
    """Wait for the turn of `files` of the user with the id `person`, and reserve their pixels meanwhile.

    Files that exceed the limit alone wait until nothing else is decoded. A thread that has a reservation gets no second
    one and does not wait, so a caller that opens several images must reserve pixels for all of them first.

    Raises:
        RateLimited: MOST_WAITING images of the person wait already, or the turn did not come within LONGEST_WAIT.
    """
    if getattr(_thread, "has_reservation", False):
        yield
        return
    turn = _Turn(sum(_pixels(file) for file in files), person)
    _wait_for(turn)
    _thread.has_reservation = True
    try:
        yield
    finally:
        _thread.has_reservation = False
        with _changed:
            _decoding.remove(turn)
            if turn.person is not None:  # the others come first; the sort keeps their order
                _waiting.sort(key=lambda other: other.person == turn.person)
            _changed.notify_all()


def reserving_pixels(function: Function) -> Function:
    """Decorate a function of an image file `data` of the user `owner`, so that it runs in the turn of that image."""

    @wraps(function)
    def running(*, data: bytes, owner: Any, **others: Any) -> Any:
        with reserve_pixels(data, person=owner.pk):
            return function(data=data, owner=owner, **others)

    return running  # type: ignore[return-value]


def _wait_for(turn: _Turn) -> None:
    with _changed:
        ahead = 0 if turn.person is None else sum(other.person == turn.person for other in _waiting)
        if ahead >= MOST_WAITING:
            raise RateLimited("decoding", math.ceil(ahead * SECONDS_AN_IMAGE))
        _waiting.append(turn)
        try:
            if not _changed.wait_for(lambda: _may_start(turn), None if turn.person is None else LONGEST_WAIT):
                raise RateLimited("decoding", SECONDS_AN_IMAGE)
            _decoding.append(turn)
        finally:
            _waiting.remove(turn)
            _changed.notify_all()  # the next one may start as well


def _may_start(turn: _Turn) -> bool:
    """Tell whether the person's earlier images are done, nobody ready came earlier, and the pixels are free."""
    busy = {other.person for other in _decoding} - {None}
    for other in _waiting:
        if other is turn:
            break
        if other.is_small == turn.is_small and other.person not in busy:
            return False
        if other.person is not None:
            busy.add(other.person)  # later images of the same person wait for this one
    if turn.person in busy:
        return False
    reserved = sum(other.pixels for other in _decoding if other.is_small == turn.is_small)
    return reserved == 0 or reserved + turn.pixels <= (MOST_SMALL_PIXELS if turn.is_small else MOST_PIXELS)


def _pixels(data: bytes) -> int:
    """Return the pixels that the header of a file states, at most MOST_PIXELS; 0 if it cannot be read or decoded."""
    with suppress(Exception), Image.open(io.BytesIO(data)) as image:
        width, height = image.size
        return min(int(width * height), MOST_PIXELS)
    return 0
