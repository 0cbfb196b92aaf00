"""Actions that set columns of images: favourite, rating, visibility, trash and restore."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from gallery.actions import publication
from gallery.actions.bulk.kinds import Action, After, Batch, Change, Ids
from gallery.actions.sharing import refuse_made_private
from gallery.models import Image
from gallery.models.image import MOST_STARS
from sdsite.accounts.roles.backend import require


def set_columns(batch: Batch, after: After, further: dict[str, Any] | None = None) -> tuple[int, list[Change]]:
    """Set the columns `after` of a batch, and with them `further`; images that have `after` already stay as they are.

    `further` may hold expressions; what these columns were is remembered too.
    """
    updates = {**after, **(further or {})}
    wanted = tuple(_column(name).to_python(value) for name, value in after.items())
    groups: dict[tuple[Any, ...], Ids] = defaultdict(list)
    number = 0
    with transaction.atomic():
        for pk, *values in batch.rows.select_for_update().order_by("pk").values_list("pk", *updates):
            number += 1
            if tuple(values[: len(wanted)]) != wanted:
                groups[tuple(values)].append(pk)
        changed = [pk for ids in groups.values() for pk in ids]
        if changed:
            Image.objects.filter(pk__in=changed).update(**updates)
    names = list(updates)
    return number, [
        ({name: _plain(value) for name, value in zip(names, values, strict=True)}, ids)
        for values, ids in groups.items()
    ]


def _column(name: str) -> Any:
    return Image._meta.get_field(name)


def _plain(value: Any) -> Any:
    """Return a column's value as JSON, a moment with all its digits."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def restore_columns(owner: Any, after: After, before: dict[str, Any], ids: Ids) -> int:
    """Give images the values `before`, unless something else has set these columns since."""
    return Image.objects.owned_by(owner).filter(pk__in=ids, **after).update(**before)


def _stars(owner: Any, value: Any) -> After:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_STARS:
        raise ValidationError({"value": f"value must be a rating, 0 to {MOST_STARS}; got {value!r:.60}"})
    return {"rating": value}


def _visibility(owner: Any, value: Any) -> After:
    if value not in Image.Visibility.values:
        names = ", ".join(Image.Visibility.values)
        raise ValidationError({"value": f"value must be one of {names}; got {value!r:.60}"})
    _may_publish(owner, value)
    return {"visibility": value}


def _may_publish(owner: Any, visibility: str) -> None:
    if visibility != Image.Visibility.PRIVATE:
        require(owner, "gallery.publish_image")


def _restore_visibility(owner: Any, after: After, before: dict[str, Any], ids: Ids) -> int:
    _may_publish(owner, before["visibility"])
    return restore_columns(owner, after, before, ids)


def _set_visibility(batch: Batch, after: After) -> tuple[int, list[Change]]:
    """Set the visibility; what others may see from now on is published now, what is private no more."""
    if after["visibility"] == Image.Visibility.PRIVATE:
        return set_columns(batch, after, {"published_at": None})
    fresh = list(batch.rows.filter(published_at=None).values_list("pk", flat=True))
    judgement = publication.check_publication(user=batch.owner, number=len(fresh), door="visibility")
    done = set_columns(batch, after, {"published_at": Coalesce("published_at", Value(timezone.now()))})
    publication.apply(judgement, images=Image.objects.filter(pk__in=fresh), user_id=batch.owner.pk, door="visibility")
    return done


def _check_publication(batch: Batch, after: After) -> None:
    """Refuse before the first image is changed, outside of transactions, so that the refusal is recorded."""
    if after["visibility"] != Image.Visibility.PRIVATE:
        _refuse_what_moderators_made_private(batch, after)
        number = batch.rows.filter(published_at=None).count()
        publication.check_publication(user=batch.owner, number=number, door="visibility")


def _refuse_what_moderators_made_private(batch: Batch, after: After) -> None:
    if after["visibility"] != Image.Visibility.PRIVATE:
        refuse_made_private(list(batch.rows.values_list("pk", flat=True)))


def _restore(batch: Batch, after: After) -> tuple[int, list[Change]]:
    """Take images out of the trash, but for those under review: a moderator may have put them there."""
    return set_columns(replace(batch, rows=batch.rows.viewable()), after)


def _fixed(**after: Any) -> Callable[[Any, Any], After]:
    def prepare(owner: Any, value: Any) -> After:
        return after

    return prepare


def _now_in_trash(owner: Any, value: Any) -> After:
    return {"trashed_at": timezone.now().isoformat()}


COLUMN_ACTIONS = {
    "favourite": Action(_fixed(is_favourite=True), set_columns, restore_columns),
    "unfavourite": Action(_fixed(is_favourite=False), set_columns, restore_columns),
    "rate": Action(_stars, set_columns, restore_columns),
    "visibility": Action(_visibility, _set_visibility, _restore_visibility, check=_check_publication),
    "trash": Action(_now_in_trash, set_columns, restore_columns),
    "restore": Action(_fixed(trashed_at=None), _restore, restore_columns, in_trash=True),
}
