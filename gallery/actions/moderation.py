"""Moderation of images: put under review, and approve."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gallery.models import Image
from sdsite.accounts import audit


def quarantine(*, images: QuerySet[Image], actor: Any) -> int:
    """Put images under review, hidden from their owners; return how many were not under review before."""
    return _set(images.filter(quarantined_at=None), timezone.now(), actor, "image.quarantined")


def release(*, images: QuerySet[Image], actor: Any) -> int:
    """Approve images, so that their owners see them again; return how many were under review."""
    return _set(images.exclude(quarantined_at=None), None, actor, "image.released")


def _set(images: QuerySet[Image], moment: Any, actor: Any, action: str) -> int:
    with transaction.atomic():
        found = list(images.select_for_update().only("pk", "owner_id"))
        Image.objects.filter(pk__in=[image.pk for image in found]).update(quarantined_at=moment)
        for image in found:
            audit.record(actor=actor, action=action, target=image.pk, owner=image.owner_id)
    return len(found)
