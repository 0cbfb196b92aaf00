"""Actions that tag images, put them into collections, and remove them from these."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from gallery.actions import publication
from gallery.actions.bulk.kinds import Action, After, Batch, Change, Ids
from gallery.actions.collections import get_or_create_collection, touch
from gallery.actions.tags import MOST_TAGS, normalize_tags, split_tags
from gallery.models import Collection, CollectionItem, Image, ImageTag

REMEMBERED = tuple(
    field.attname
    for field in CollectionItem._meta.concrete_fields
    if field.attname not in ("id", "image_id", "collection_id")
)  # of an item that is removed


def _names(owner: Any, value: Any) -> After:
    given = split_tags(value) if isinstance(value, str) else value
    if not isinstance(given, list) or not given or not all(isinstance(name, str) for name in given):
        raise ValidationError({"value": "value must be tags: a list of texts, or a text with commas between them"})
    try:
        names = normalize_tags(given)
    except ValueError as error:
        raise ValidationError({"value": f"value: {error}"}) from error
    if len(names) > MOST_TAGS:
        raise ValidationError({"value": f"value must be at most {MOST_TAGS} tags; got {len(names)}"})
    return {"tags": names}


def _check_room(batch: Batch, after: After) -> None:
    """Check that no image of the batch would have too many tags."""
    new = set(after["tags"])
    others = ImageTag.objects.filter(image__in=batch.rows.values("pk")).exclude(name__in=new)
    fullest = max(Counter(others.order_by().values_list("image", flat=True)).values(), default=0)
    if fullest + len(new) > MOST_TAGS:
        sentence = f"an image may have at most {MOST_TAGS} tags; one would have {fullest + len(new)}"
        raise ValidationError({"value": sentence})


def _by_name(pairs: Iterable[tuple[uuid.UUID, str]]) -> list[Change]:
    ids: dict[str, Ids] = defaultdict(list)
    for pk, name in pairs:
        ids[name].append(pk)
    return [({"tag": name}, keys) for name, keys in ids.items()]


def _present(ids: Ids, after: After) -> Any:
    return ImageTag.objects.filter(image__in=ids, name__in=after["tags"])


def _tag(batch: Batch, after: After) -> tuple[int, list[Change]]:
    with transaction.atomic():
        ids = batch.lock()
        _check_room(batch, after)  # again, while nobody else can change them
        present = set(_present(ids, after).values_list("image", "name"))
        missing = [(pk, name) for pk in ids for name in after["tags"] if (pk, name) not in present]
        ImageTag.objects.bulk_create(ImageTag(image_id=pk, owner_id=batch.owner.pk, name=name) for pk, name in missing)
    return len(ids), _by_name(missing)


def _untag(batch: Batch, after: After) -> tuple[int, list[Change]]:
    with transaction.atomic():
        ids = batch.lock()
        present = list(_present(ids, after).values_list("image", "name"))
        _present(ids, after).delete()
    return len(ids), _by_name(present)


def _revert_tag(owner: Any, after: After, before: dict[str, Any], ids: Ids) -> int:
    removed, _ = ImageTag.objects.filter(owner=owner, image__in=ids, name=before["tag"]).delete()
    return removed


def _revert_untag(owner: Any, after: After, before: dict[str, Any], ids: Ids) -> int:
    have = set(ImageTag.objects.filter(image__in=ids, name=before["tag"]).values_list("image", flat=True))
    missing = [pk for pk in _still_there(owner, ids) if pk not in have]
    ImageTag.objects.bulk_create(ImageTag(image_id=pk, owner_id=owner.pk, name=before["tag"]) for pk in missing)
    return len(missing)


def _still_there(owner: Any, ids: Ids) -> Ids:
    return list(Image.objects.owned_by(owner).filter(pk__in=ids).values_list("pk", flat=True))


def _known_collection(owner: Any, value: Any) -> Collection | None:
    try:
        return Collection.objects.fillable_by(owner).filter(pk=uuid.UUID(str(value))).first()
    except ValueError:
        return None


def _collection_or_name(owner: Any, value: Any) -> After:
    if not isinstance(value, str):
        raise ValidationError({"value": "value must be the id or the name of a collection"})
    found = _known_collection(owner, value)
    if found is None:
        try:
            found, is_new = get_or_create_collection(owner=owner, name=value)
        except ValidationError as error:
            raise ValidationError({"value": error.messages}) from error
        return {"collection": str(found.pk), "created": is_new}
    return {"collection": str(found.pk), "created": False}


def _collection(owner: Any, value: Any) -> After:
    found = _known_collection(owner, value)
    if found is None:
        raise ValidationError(
            {"value": "value must be the id of one of your collections, or of one to which you may add"}
        )
    return {"collection": str(found.pk)}


def _lock_collection(owner: Any, after: After) -> Collection | None:
    """Lock the collection, so that no other request changes its images or members; None: it is gone, or closed."""
    locked = Collection.objects.select_for_update().filter(pk=after["collection"]).first()
    if locked is None:
        return None
    # Asked once it is locked: a membership may have ended while this request waited.
    return Collection.objects.fillable_by(owner).filter(pk=locked.pk).first()


def _collect(batch: Batch, after: After) -> tuple[int, list[Change]]:
    with transaction.atomic():
        collection = _lock_collection(batch.owner, after)
        if collection is None:
            raise Collection.DoesNotExist
        ids = batch.lock()
        present = set(collection.items.filter(image__in=ids).values_list("image", flat=True))
        fresh = [pk for pk in ids if pk not in present]
        judgement = publication.check_collecting(owner_id=batch.owner.pk, collection=collection, images=batch.rows)
        CollectionItem.objects.bulk_create(CollectionItem(collection=collection, image_id=pk) for pk in fresh)
        publication.apply(
            judgement, images=Image.objects.filter(pk__in=fresh), user_id=batch.owner.pk, door="collection"
        )
        if fresh:
            touch(collection)
    return len(ids), [({}, fresh)]


def _check_collecting(batch: Batch, after: After) -> None:
    """Refuse before the first batch, outside of transactions, so that the refusal is recorded."""
    collection = Collection.objects.fillable_by(batch.owner).filter(pk=after["collection"]).first()
    if collection is not None:
        publication.check_collecting(owner_id=batch.owner.pk, collection=collection, images=batch.rows)


def _revert_collect(owner: Any, after: After, before: dict[str, Any], ids: Ids) -> int:
    collection = _lock_collection(owner, after)
    if collection is None:
        return 0
    removed, _ = collection.items.filter(image__in=ids).delete()
    touch(collection)
    if after["created"] and not collection.items.exists():
        collection.delete()
    return removed


def _remove(batch: Batch, after: After) -> tuple[int, list[Change]]:
    with transaction.atomic():
        collection = _lock_collection(batch.owner, after)
        if collection is None:
            raise Collection.DoesNotExist
        ids = batch.lock()
        items = collection.items.filter(image__in=ids)
        rows = list(items.order_by("pk").values_list("image", *REMEMBERED))
        items.delete()
        if rows:
            touch(collection)
    changes: list[Change] = [
        ({name: _plain(value) for name, value in zip(REMEMBERED, values, strict=True)}, [pk]) for pk, *values in rows
    ]
    return len(rows), changes


def _column(name: str) -> Any:
    return CollectionItem._meta.get_field(name)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _revert_remove(owner: Any, after: After, before: dict[str, Any], ids: Ids) -> int:
    collection = _lock_collection(owner, after)
    if collection is None:
        return 0
    have = set(collection.items.filter(image__in=ids).values_list("image", flat=True))
    missing = [pk for pk in _still_there(owner, ids) if pk not in have]
    values = {name: _column(name).to_python(value) for name, value in before.items()}
    CollectionItem.objects.bulk_create(CollectionItem(collection=collection, image_id=pk, **values) for pk in missing)
    touch(collection)
    return len(missing)


MEMBER_ACTIONS = {
    "tag": Action(_names, _tag, _revert_tag, check=_check_room),
    "untag": Action(_names, _untag, _revert_untag),
    "collect": Action(_collection_or_name, _collect, _revert_collect, check=_check_collecting),
    "remove_from_collection": Action(_collection, _remove, _revert_remove),
}
