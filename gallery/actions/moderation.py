"""Moderation of images: put under review, approve, make private, and deal with reports of them."""

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gallery.actions.changes import announce
from gallery.actions.sharing import resolve_reports, revoke_links
from gallery.models import Image, Report, ShareLink
from sdsite.accounts import audit

Ids = list[uuid.UUID]


def quarantine(*, images: QuerySet[Image], actor: Any) -> int:
    """Put images under review, hidden from their owners; return how many were not under review before."""
    return len(_hold(images, actor))


def release(*, images: QuerySet[Image], actor: Any) -> int:
    """Approve images, so that their owners see them again; return how many were under review."""
    return len(_release(images, actor))


def moderate(*, action: str, ids: Sequence[uuid.UUID], actor: Any) -> Ids:
    """Do one of ACTIONS with images of all people; return the ids of those that it changed.

    Ids of images that are gone, and of those that are as wanted already, are passed over; repeating it is harmless.
    """
    return ACTIONS[action](Image.objects.filter(pk__in=ids), actor)


def _hold(images: QuerySet[Image], actor: Any) -> Ids:
    held = _set(images.filter(quarantined_at=None), {"quarantined_at": timezone.now()}, actor, "image.quarantined")
    return _announced("hold", held, actor)


def _release(images: QuerySet[Image], actor: Any) -> Ids:
    released = _set(images.exclude(quarantined_at=None), {"quarantined_at": None}, actor, "image.released")
    return _announced("release", released, actor)


def _make_private(images: QuerySet[Image], actor: Any) -> Ids:
    """Take images out of Explore and searches of others, and close their links; shared collections keep them."""
    private = {"visibility": Image.Visibility.PRIVATE, "published_at": None}
    with transaction.atomic():
        open_links = ShareLink.objects.open().filter(image__in=images.values("pk"))
        linked = set(open_links.values_list("image", flat=True))
        revoke_links(links=ShareLink.objects.filter(image__in=linked), actor=actor)
        shared = images.exclude(visibility=Image.Visibility.PRIVATE)
        made_private = _set(shared, private, actor, "image.made_private")
        changed = _announced("visibility", made_private, actor, Image.Visibility.PRIVATE.value)
    return [*changed, *(linked - set(changed))]


def _resolve(images: QuerySet[Image], actor: Any) -> Ids:
    reports = Report.objects.open().filter(image__in=images.values("pk"))
    ids = list(dict.fromkeys(reports.values_list("image", flat=True)))
    resolve_reports(reports=reports, actor=actor)
    announce(actor.pk, "resolve", ids)
    return ids


ACTIONS: dict[str, Callable[[QuerySet[Image], Any], Ids]] = {
    "hold": _hold,
    "release": _release,
    "private": _make_private,
    "resolve": _resolve,
}


def _set(images: QuerySet[Image], values: dict[str, Any], actor: Any, action: str) -> list[Image]:
    """Set columns of images and write down who did so; return the images."""
    with transaction.atomic():
        found = list(images.select_for_update().only("pk", "owner_id"))
        Image.objects.filter(pk__in=[image.pk for image in found]).update(**values)
        for image in found:
            audit.record(actor=actor, action=action, target=image.pk, owner=image.owner_id)
    return found


def _announced(action: str, images: list[Image], actor: Any, value: Any = None) -> Ids:
    """Tell the pages of the owners and of the moderator what was done; return the ids."""
    by_owner: dict[int, Ids] = defaultdict(list)
    for image in images:
        by_owner[image.owner_id].append(image.pk)
    for owner_id, ids in by_owner.items():
        announce(owner_id, action, ids, value)
    all_ids = [image.pk for image in images]
    if actor is not None and list(by_owner) != [actor.pk]:
        announce(actor.pk, action, all_ids, value)
    return all_ids
