"""Images that look like one of them: candidates by parts of the perceptual hash, then by the distance of the whole.

Of two hashes that differ in at most 11 of 64 bits, one of the four parts differs in at most 2 of its 16 (M. Norouzi,
A. Punjani, D. Fleet, "Fast Exact Search in Hamming Space with Multi-Index Hashing", 2014). So 548 look-ups in an index
find them all, however many images there are; decision 29 has the figures.
"""

import uuid
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from gallery.imaging.open_image import UnusableImage, open_image
from gallery.imaging.perceptual_hash import BAND_BITS, BANDS, bands_of, distance, make_perceptual_hash
from gallery.models import HashBand, Image
from gallery.models.image import ImageQuerySet
from sdsite.accounts.credentials import Credentials

REACH = 2  # bits of a part that may differ
FARTHEST = BANDS * (REACH + 1) - 1  # bits of the whole that may differ
MOST_SIMILAR = 500  # images of a search
MOST_CANDIDATES = 10_000  # rows that are read for each number of differing bits
AT_ONCE = 500  # ids in one query


@dataclass(frozen=True)
class Look:
    """Look of an image, a perceptual hash, with which others are compared."""

    code: int

    def narrow(self, images: ImageQuerySet, owner: Any) -> ImageQuerySet:
        """Return those of `images`, all of `owner` (None: of several people), that look like it."""
        return with_similar(images, self.code, owner)

    def distances(self, images: ImageQuerySet) -> Iterator[tuple[int, datetime, uuid.UUID]]:
        """Yield how many bits each of `images`, all with a hash, differs in, its time and its id; one query."""
        rows: Any = images.order_by().values_list("perceptual_hash", "created_at", "pk")
        return ((distance(self.code, other), moment, pk) for other, moment, pk in rows)


def write_bands(images: Iterable[Image]) -> None:
    """Write the index rows of images that have a perceptual hash; call it in the transaction that stores the hash."""
    HashBand.objects.bulk_create(band for image in images for band in bands_of_image(image))


def bands_of_image(image: Image) -> list[HashBand]:
    """Return the index rows of an image, not stored yet; none if it has no hash."""
    code = image.perceptual_hash
    if code is None:
        return []
    return [
        HashBand(image_id=image.pk, owner_id=image.owner_id, key=_key(band, bits), perceptual_hash=code)
        for band, bits in enumerate(bands_of(code))
    ]


def _key(band: int, bits: int) -> int:
    return band << BAND_BITS | bits


def find_image(pk: uuid.UUID, reader: Credentials) -> Image:
    """Return the image that a search compares with, which `reader` must be able to see.

    Raises:
        Http404: there is none, or `reader` may not see it.
        ValidationError: it is under review.
    """
    image = get_object_or_404(Image.objects.visible_to(reader), pk=pk)
    if image.is_withheld_from(reader):
        raise ValidationError({"similar": _("The image is under review; nothing can be compared with it.")})
    return image


def look_of(image: Image) -> Look:
    """Return the look of an image.

    Raises:
        ValidationError: it was stored by an older version, and its file cannot be read.
    """
    code = image.perceptual_hash if image.perceptual_hash is not None else hash_of_file(image)
    if code is None:
        raise ValidationError(
            {"similar": _("The file of the image cannot be read, so nothing can be compared with it.")}
        )
    return Look(code)


def hash_of_file(image: Image) -> int | None:
    """Return the perceptual hash of an image's thumbnail; None if it cannot be read."""
    try:
        with default_storage.open(image.thumbnail) as file:
            return make_perceptual_hash(open_image(file.read()))
    except (OSError, UnusableImage):
        return None


def with_similar(images: ImageQuerySet, code: int, owner: Any) -> ImageQuerySet:
    """Return those of `images`, all of `owner` (None: of several people), whose hash is at most FARTHEST from `code`.

    At most MOST_SIMILAR, the nearest. If more than MOST_CANDIDATES share a part, some may be missing.
    """
    images = images.viewable()  # what is under review is not described either
    seen: set[uuid.UUID] = set()
    near: list[tuple[int, uuid.UUID]] = []
    shown: list[uuid.UUID] = []
    for reach in range(REACH + 1):
        rows = HashBand.objects.filter(key__in=_keys(code, reach))
        if owner is not None:
            rows = rows.filter(owner_id=owner.pk)
        for pk, other in rows.values_list("image", "perceptual_hash")[:MOST_CANDIDATES]:
            if pk not in seen:
                seen.add(pk)
                near.append((distance(code, other), pk))
        # Of the rest, nearer ones may come with the next number of bits.
        near.sort()
        certain = bisect_left(near, (BANDS * (reach + 1),))
        for start in range(0, certain, AT_ONCE):
            shown += among(images, [pk for _far, pk in near[start : min(start + AT_ONCE, certain)]])
            if len(shown) >= MOST_SIMILAR:
                return images.filter(pk__in=shown[:MOST_SIMILAR])
        near = near[certain:]
    return images.filter(pk__in=shown)


def among(images: ImageQuerySet, ids: list[uuid.UUID]) -> list[uuid.UUID]:
    """Return those of `ids` that are among `images`, in the same sequence."""
    found = set(images.order_by().filter(pk__in=ids).values_list("pk", flat=True))
    return [pk for pk in ids if pk in found]


def _keys(code: int, reach: int) -> list[int]:
    """Return the keys of all parts that differ from those of `code` in exactly `reach` bits."""
    flips = [sum(1 << place for place in places) for places in combinations(range(BAND_BITS), reach)]
    return [_key(band, bits ^ flip) for band, bits in enumerate(bands_of(code)) for flip in flips]
