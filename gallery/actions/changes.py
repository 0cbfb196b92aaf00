"""Announcement of changes to images, for the other open pages and programs of their owner."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

MOST_IDS = 1000  # in one announcement


@dataclass(frozen=True)
class ImagesChanged:
    """What was done to images of one owner: to those of `ids`, or (None) to so many that they must be read again."""

    owner_id: int
    action: str
    ids: list[str] | None
    value: Any = None


# Apps that publish events add a function here.
Listener = Callable[[ImagesChanged], None]
listeners: list[Listener] = []


def announce(owner_id: int, action: str, ids: Sequence[uuid.UUID] | None, value: Any = None) -> None:
    """Tell the listeners, once the transaction is committed, what was done; nothing where `ids` is empty."""
    if ids is not None and not ids:
        return
    named = [str(pk) for pk in ids] if ids is not None and len(ids) <= MOST_IDS else None
    change = ImagesChanged(owner_id, action, named, value)
    transaction.on_commit(lambda: _tell(change))


def _tell(change: ImagesChanged) -> None:
    for listener in listeners:
        listener(change)
