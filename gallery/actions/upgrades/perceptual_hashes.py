"""Perceptual hashes of images that an older version of the site stored."""

import logging
import time

from django.db import transaction

from gallery.models import HashProgress, Image
from gallery.search.similar import hash_of_file, write_bands

logger = logging.getLogger(__name__)

BATCH = 100  # images in one call
SECONDS = 0.5  # after which a call begins with no other image


def fill_hashes(most: int = BATCH, seconds: float = SECONDS) -> int:
    """Store the hashes that at most `most` images lack; return how many were looked at.

    It may be stopped and repeated at any time, and run in several processes: whoever is first writes the rows. Files
    are read outside transactions. An image whose file cannot be read is passed over and keeps no hash.
    """
    progress = HashProgress.objects.filter(pk=1).first() or HashProgress(pk=1)
    if progress.is_finished:
        return 0
    pending = Image.objects.filter(perceptual_hash=None).order_by("pk")
    if progress.last_id is not None:
        pending = pending.filter(pk__gt=progress.last_id)
    rows = list(pending.only("pk", "owner_id", "thumbnail")[:most])
    until, done = time.monotonic() + seconds, 0
    for image in rows:
        _fill(image)
        done += 1
        if time.monotonic() > until:
            break
    last = rows[done - 1].pk if rows else progress.last_id
    HashProgress.objects.update_or_create(pk=1, defaults={"last_id": last, "is_finished": not rows})
    return done


def _fill(image: Image) -> None:
    image.perceptual_hash = hash_of_file(image)
    if image.perceptual_hash is None:
        logger.warning("image %s gets no perceptual hash, its thumbnail cannot be read", image.pk)
        return
    with transaction.atomic():
        if Image.objects.filter(pk=image.pk, perceptual_hash=None).update(perceptual_hash=image.perceptual_hash):
            write_bands([image])
