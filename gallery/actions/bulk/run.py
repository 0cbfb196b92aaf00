"""Actions on many images of one owner, by ids or by a search, in batches of one transaction each.

The ids are read once, 16 bytes each; images that come later are not touched, and no transaction is long.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError

from gallery.actions.bulk import undo
from gallery.actions.bulk.columns import COLUMN_ACTIONS
from gallery.actions.bulk.kinds import Action, After, Batch, Change, Ids
from gallery.actions.bulk.members import MEMBER_ACTIONS
from gallery.actions.changes import announce
from gallery.actions.delete_images import delete_images
from gallery.actions.moderation import hiding
from gallery.models import Image
from gallery.models.image import ImageQuerySet
from gallery.search.filters import ImageFilter, filter_images

MOST_IDS = 1000  # that one request may name
MOST_IMAGES = 100_000  # that one action by a search may change
BATCH = 1000  # images in one transaction


def _nothing(owner: Any, value: Any) -> After:
    return {}


def _delete(batch: Batch, after: After) -> tuple[int, Sequence[Change]]:
    return delete_images(images=batch.rows.viewable(), actor=batch.owner), ()


ACTIONS: dict[str, Action] = {
    **COLUMN_ACTIONS,
    **MEMBER_ACTIONS,
    "delete": Action(_nothing, _delete, None, in_trash=True),
}


@dataclass(frozen=True)
class Outcome:
    """What an action did: the number of images, and the token that undoes it (None: it changed nothing, or deleted)."""

    action: str
    images: int
    undo: uuid.UUID | None = None


def pack(ids: Sequence[uuid.UUID]) -> bytes:
    """Return ids in 16 bytes each."""
    return b"".join(pk.bytes for pk in ids)


def unpack(packed: bytes) -> Iterator[Ids]:
    """Yield the ids of `pack` in lists of at most BATCH."""
    for start in range(0, len(packed), 16 * BATCH):
        part = packed[start : start + 16 * BATCH]
        yield [uuid.UUID(bytes=part[at : at + 16]) for at in range(0, len(part), 16)]


def find_images(*, owner: Any, search: ImageFilter, in_trash: bool = False, most: int = MOST_IMAGES) -> bytes:
    """Return the packed ids of the owner's images that match, oldest first.

    Raises:
        ValidationError: `search` matches more than `most`.
    """
    matching = filter_images(_rows(owner, in_trash), search, owner).order_by("created_at", "pk")
    packed = bytearray()
    for pk in matching.values_list("pk", flat=True)[: most + 1].iterator(chunk_size=BATCH):
        packed += pk.bytes
    if len(packed) > 16 * most:
        sentence = f"search must match at most {most:,} images at a time; it matches more"
        raise ValidationError({"search": sentence})
    return bytes(packed)


def run_action(
    *,
    owner: Any,
    action: str,
    value: Any = None,
    ids: Sequence[uuid.UUID] | None = None,
    search: ImageFilter | None = None,
) -> Outcome:
    """Do one of ACTIONS with the owner's images of `ids`, or with those that match `search`.

    Ids of other people's images, of deleted ones, and of those that the action is not for are passed over. If the
    process ends in between, the batches before stay done; repeating an action is harmless.

    Raises:
        ValidationError: `value` does not fit the action, or `search` matches more than MOST_IMAGES.
        TooManyCollections: a collection would have to be created, and there are too many.
    """
    kind = ACTIONS[action]
    after = kind.prepare(owner, value)
    if search is not None:
        packed = find_images(owner=owner, search=search, in_trash=kind.in_trash)
    else:
        packed = pack(list(dict.fromkeys(ids or ())))
    if kind.check is not None:
        for some in unpack(packed):
            kind.check(_batch(owner, some, kind), after)
    viewers = _viewers(owner, action, value, ids)
    number, record = 0, undo.Recorder(owner=owner, action=action, after=after)
    for some in unpack(packed):
        number += record.run(partial(kind.apply, _batch(owner, some, kind), after))
    announce(owner.pk, action, list(ids) if ids is not None else None, value)
    hiding.tell(viewers)
    return Outcome(action, number, record.token)


def _viewers(owner: Any, action: str, value: Any, ids: Sequence[uuid.UUID] | None) -> hiding.Viewers:
    """Return who sees images that the action hides; of those that a search finds nobody is told."""
    hides = action == "trash" or (action == "visibility" and value == Image.Visibility.PRIVATE)
    if not hides or ids is None:
        return hiding.Viewers()
    return hiding.viewers_of(_rows(owner, in_trash=False).filter(pk__in=list(ids)[:MOST_IDS]).only(*hiding.COLUMNS))


def _rows(owner: Any, in_trash: bool) -> ImageQuerySet:
    own = Image.objects.owned_by(owner)
    return own.trashed() if in_trash else own.kept()


def _batch(owner: Any, ids: Ids, kind: Action) -> Batch:
    return Batch(owner, _rows(owner, kind.in_trash).filter(pk__in=ids))


def undo_action(*, owner: Any, token: uuid.UUID) -> Outcome:
    """Restore what an action changed, as far as nothing else has changed it since; twice is harmless.

    Raises:
        UndoExpired: there is no such record of this owner any more.
    """
    row, number = undo.revert(owner=owner, token=token, actions=ACTIONS)
    if number:
        announce(owner.pk, "undo", None, row.action)
    return Outcome(row.action, number)
