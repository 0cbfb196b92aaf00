"""Recording of what an action changed, and reverting it."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction

from gallery.actions.bulk.kinds import Action, After, Change
from gallery.models import Undo, UndoPart

MOST_RECORDS = 10  # of one owner; older ones are dropped


class UndoExpired(Exception):
    """The action is too long ago, or not the asking person's."""

    def __init__(self) -> None:
        """Build the message for people."""
        super().__init__("This can no longer be undone: it is more than 10 minutes ago, or much has been done since.")


class Recorder:
    """Runs the batches of one action, and stores with each what it changed."""

    def __init__(self, *, owner: Any, action: str, after: After) -> None:
        """Start without a record; the first change creates it."""
        self._row = Undo(owner=owner, action=action, after=after)
        self._stored = False

    @property
    def token(self) -> uuid.UUID | None:
        """The id of the record; None: nothing was changed."""
        return self._row.pk if self._stored else None

    def run(self, apply: Callable[[], tuple[int, Sequence[Change]]]) -> int:
        """Apply one batch and record its changes in the same transaction; return its number of images."""
        with transaction.atomic():
            number, changes = apply()
            kept = [(before, ids) for before, ids in changes if ids]
            if kept:
                if not self._stored:
                    self._prune()
                    self._row.save(force_insert=True)
                before = [[values, len(ids)] for values, ids in kept]
                packed = b"".join(pk.bytes for _, ids in kept for pk in ids)
                UndoPart.objects.create(undo=self._row, before=before, ids=packed)
        self._stored = self._stored or bool(kept)
        return number

    def _prune(self) -> None:
        own = Undo.objects.owned_by(self._row.owner)
        newest = list(own.valid().order_by("-created_at").values_list("pk", flat=True)[: MOST_RECORDS - 1])
        own.exclude(pk__in=newest).delete()


def revert(*, owner: Any, token: uuid.UUID, actions: Mapping[str, Action]) -> tuple[Undo, int]:
    """Revert an action part by part, the last first, one transaction each; return its record and how many images.

    A part is deleted with its reversion, so that a second call, at the same time or later, finds none.

    Raises:
        UndoExpired: there is no such record of this owner any more.
    """
    row = Undo.objects.owned_by(owner).valid().filter(pk=token).first()
    if row is None:
        raise UndoExpired
    action = actions[row.action]
    number = 0
    for pk in list(row.parts.order_by("-pk").values_list("pk", flat=True)):
        with transaction.atomic():
            part = UndoPart.objects.select_for_update().filter(pk=pk).first()
            if part is None or action.revert is None:
                continue
            packed, at = bytes(part.ids), 0
            for before, count in part.before:
                ids = [uuid.UUID(bytes=packed[at + 16 * k : at + 16 * k + 16]) for k in range(count)]
                at += 16 * count
                number += action.revert(owner, row.after, before, ids)
            part.delete()
    return row, number


def drop_expired() -> int:
    """Delete the records that nobody can use any more; return how many."""
    if not Undo.objects.expired().exists():  # called often, and a transaction of SQLite blocks other writers
        return 0
    with transaction.atomic():
        expired = list(Undo.objects.expired().values_list("pk", flat=True)[:1000])
        Undo.objects.filter(pk__in=expired).delete()
    return len(expired)
