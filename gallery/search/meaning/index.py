"""The index of search by meaning: which images lack a vector, their vectors stored, and how many are done.

The web process reads it; only the worker that holds the model fills it (generation/worker/meaning.py).
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Sum

from gallery.models import Image, ImageVector, MeaningModel, VectorBlock
from gallery.search.meaning.vectors import Floats, pack, pack_ids, unpack_ids

BLOCK = 1024  # images
LOOKED_AT = 500  # images of older versions that are asked at once whether they have a vector


@dataclass(frozen=True)
class Progress:
    """How many of the site's images are indexed."""

    indexed: int
    images: int
    is_finished: bool


def current_model() -> MeaningModel | None:
    """Return the row of the model that vectors come from; None if the site has none."""
    return MeaningModel.objects.filter(pk=1, is_on=True).first()


def begin(*, sha256: str, title: str, dimensions: int, anew: bool = False) -> MeaningModel:
    """Return the row of the model, with an index that begins anew unless it is this model's already.

    Where it is, images that were stored while there was no model are found again.
    """
    with transaction.atomic():
        MeaningModel.objects.get_or_create(pk=1)
        row = MeaningModel.objects.select_for_update().get(pk=1)
        if row.sha256 != sha256 or row.dimensions != dimensions or anew:
            VectorBlock.objects.all().delete()
            row.revision, row.last_id, row.is_finished = row.revision + 1, None, False
        elif row.is_finished and _vectors(row) < Image.objects.count():
            row.last_id, row.is_finished = None, False
        row.sha256, row.title, row.dimensions, row.is_on = sha256, title, dimensions, True
        row.save()
    return row


def end() -> None:
    """Switch search by meaning off; vectors stay until another model's replace them."""
    MeaningModel.objects.filter(pk=1, is_on=True).update(is_on=False)


def rebuild() -> bool:
    """Begin the index anew with the same model; return whether there is one."""
    row = current_model()
    if row is None:
        return False
    begin(sha256=row.sha256, title=row.title, dimensions=row.dimensions, anew=True)
    return True


def count_progress(row: MeaningModel) -> Progress:
    """Return how many images have a vector of the present revision."""
    indexed = VectorBlock.objects.filter(revision=row.revision).aggregate(number=Sum("images"))["number"] or 0
    waiting = ImageVector.objects.filter(revision=ImageVector.WAITING).exists()
    return Progress(indexed, Image.objects.count(), row.is_finished and not waiting)


def note_stored(image: Image) -> None:
    """Note that a new image waits for its vector; call it in the transaction that stores the image."""
    if current_model() is not None:
        ImageVector.objects.create(image=image, revision=ImageVector.WAITING, values=b"")


def next_images(row: MeaningModel, most: int) -> list[Image]:
    """Return at most `most` images that lack a vector of `row`: the new ones first, then the older ones by id.

    It moves on past images that have one, LOOKED_AT in a call, and notes in the end that all have one.
    """
    read = Image.objects.only("pk", "owner_id", "thumbnail")
    waiting = list(read.filter(vector__revision=ImageVector.WAITING).order_by("pk")[:most])
    if waiting or row.is_finished:
        return waiting
    older = read.order_by("pk") if row.last_id is None else read.order_by("pk").filter(pk__gt=row.last_id)
    looked_at = list(older[:LOOKED_AT])
    done = _with_vector(row, [image.pk for image in looked_at])
    pending = [image for image in looked_at if image.pk not in done][:most]
    if pending:
        return pending
    last = looked_at[-1].pk if looked_at else row.last_id
    row.last_id, row.is_finished = last, len(looked_at) < LOOKED_AT
    mine = MeaningModel.objects.filter(pk=1, sha256=row.sha256, revision=row.revision)
    mine.update(last_id=row.last_id, is_finished=row.is_finished)
    return []


def store_vectors(row: MeaningModel, vectors: Mapping[uuid.UUID, Floats | None]) -> int:
    """Store the vectors of images, None for those whose file cannot be read; return how many were new.

    Nothing is stored if the index has begun anew since `row` was read. Of images that were deleted meanwhile, and of
    those that have one, nothing is stored either, so it may be repeated.
    """
    with transaction.atomic():
        current = MeaningModel.objects.select_for_update().filter(pk=1).first()
        if current is None or (current.sha256, current.revision) != (row.sha256, row.revision):
            return 0
        done = _with_vector(row, vectors)
        rows = Image.objects.filter(pk__in=[pk for pk in vectors if pk not in done]).values_list("pk", "owner_id")
        packed = {pk: b"" if (vector := vectors[pk]) is None else pack(vector) for pk, _owner in rows}
        ImageVector.objects.bulk_create(
            [ImageVector(image_id=pk, revision=row.revision, values=values) for pk, values in packed.items()],
            update_conflicts=True,
            unique_fields=["image"],
            update_fields=["revision", "values"],
        )
        of_owner: dict[int, dict[uuid.UUID, bytes]] = defaultdict(dict)
        for pk, owner_id in rows:
            if packed[pk]:
                of_owner[owner_id][pk] = packed[pk]
        for owner_id, owned in of_owner.items():
            _append(row, owner_id, owned)
    return len(packed)


def forget(images: Iterable[Image]) -> None:
    """Remove the vectors of images that are being deleted from the blocks; call it in that transaction."""
    of_owner: dict[int, set[uuid.UUID]] = defaultdict(set)
    for image in images:
        of_owner[image.owner_id].add(image.pk)
    for owner_id, gone in of_owner.items():
        for pk, ids in VectorBlock.objects.filter(owner=owner_id).values_list("pk", "ids"):
            if not gone.isdisjoint(unpack_ids(ids)):
                _remove(pk, gone)


def _remove(pk: int, gone: set[uuid.UUID]) -> None:
    block = VectorBlock.objects.select_for_update().filter(pk=pk).first()
    if block is None:
        return
    width = len(block.values) // block.images
    kept = [(place, one) for place, one in enumerate(unpack_ids(block.ids)) if one not in gone]
    if not kept:
        block.delete()
        return
    values = b"".join(block.values[place * width : (place + 1) * width] for place, _one in kept)
    _fill(block, [one for _place, one in kept], values)
    block.save()


def _append(row: MeaningModel, owner_id: int, owned: Mapping[uuid.UUID, bytes]) -> None:
    """Add vectors to the blocks of their owner: to one with room, then to new ones."""
    left = list(owned)
    with_room = VectorBlock.objects.filter(owner=owner_id, revision=row.revision, images__lt=BLOCK)
    block = with_room.select_for_update().order_by("images").first()
    while left:
        block = block or VectorBlock(owner_id=owner_id, revision=row.revision, images=0, ids=b"", values=b"")
        part, left = left[: BLOCK - block.images], left[BLOCK - block.images :]
        ids = [*unpack_ids(block.ids), *part]
        _fill(block, ids, bytes(block.values) + b"".join(owned[pk] for pk in part))
        block.save()
        block = None


def _fill(block: VectorBlock, ids: list[uuid.UUID], values: bytes) -> None:
    block.images, block.ids, block.values = len(ids), pack_ids(ids), values


def _with_vector(row: MeaningModel, ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    return set(ImageVector.objects.filter(revision=row.revision, image__in=list(ids)).values_list("image", flat=True))


def _vectors(row: MeaningModel) -> int:
    return ImageVector.objects.filter(revision__in=[row.revision, ImageVector.WAITING]).count()
