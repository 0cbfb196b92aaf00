"""The trash: images that their owners deleted, kept for as long as the site settings say."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from gallery.actions.changes import announce
from gallery.actions.delete_images import delete_images
from gallery.actions.moderation import hiding
from gallery.models import Image
from gallery.models.image import ImageQuerySet
from sdsite.accounts import site_settings

logger = logging.getLogger(__name__)

BATCH = 200  # images deleted in one transaction, and their files after it
MOST_EMPTIED = 10_000  # images that one request deletes for good


def trash_days() -> float:
    """Return for how many days images stay in the trash; 0: until their owners empty it."""
    return float(site_settings.current().trash_days)


def deleted_at(image: Image) -> datetime | None:
    """Return when an image in the trash will be deleted for good; None: never, or it is not in the trash."""
    days = trash_days()
    return image.trashed_at + timedelta(days=days) if image.trashed_at and days else None


def trash_images(*, images: ImageQuerySet, owner: Any) -> int:
    """Move those of `images`, all of `owner`, that are not in the trash into it; return how many were moved."""
    with transaction.atomic():
        rows = list(images.kept().select_for_update().only(*hiding.COLUMNS))
        found = [image.pk for image in rows]
        viewers = hiding.viewers_of(rows)
        Image.objects.filter(pk__in=found).update(trashed_at=timezone.now())
        announce(owner.pk, "trash", found)
        hiding.tell(viewers)
    return len(found)


def empty_trash(*, owner: Any, most: int = MOST_EMPTIED) -> tuple[int, int]:
    """Delete at most `most` images of the owner's trash for good, the oldest first.

    What is moved into the trash meanwhile stays, and what is under review. Return how many were deleted, and how many
    are left.
    """
    until = timezone.now()
    before = Image.objects.owned_by(owner).trashed().viewable().filter(trashed_at__lte=until)
    deleted = _delete(before, actor=owner, most=most)
    if deleted:
        announce(owner.pk, "delete", None)
    return deleted, before.count()


def delete_expired(most: int = BATCH) -> int:
    """Delete for good at most `most` images that were in the trash for `trash_days`; return how many.

    One under review stays until that is as long ago too, whoever moved it there, so that moderators can look at it.
    """
    days = trash_days()
    if not days:
        return 0
    limit = timezone.now() - timedelta(days=days)
    held_lately = Q(quarantined_at__gte=limit)
    expired = Image.objects.trashed().filter(trashed_at__lt=limit).exclude(held_lately)
    deleted = _delete(expired, actor=None, most=most)
    if deleted:
        logger.info("deleted %d images that were in the trash for %g days", deleted, days)
    return deleted


def _delete(images: ImageQuerySet, *, actor: Any, most: int) -> int:
    deleted = 0
    while deleted < most:
        some = list(images.order_by("trashed_at").values_list("pk", flat=True)[: min(BATCH, most - deleted)])
        if not some:
            break
        # Asked again while they are locked: what was restored meanwhile stays.
        done = delete_images(images=images.filter(pk__in=some), actor=actor)
        deleted += done
    return deleted
