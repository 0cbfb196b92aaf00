"""Changes of sharing: links, likes and reports."""

import uuid
from collections.abc import Collection as Several
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from gallery.models import Collection, Image, Like, ModerationAction, Report, ShareLink
from gallery.models.image import links_open
from gallery.models.sharing import LONGEST_PASSWORD, LONGEST_REASON_TEXT
from gallery.text import read_text
from sdsite.accounts import audit
from sdsite.accounts.models import lock_user
from sdsite.accounts.notices import notify
from sdsite.accounts.roles.backend import require
from sdsite.core import rate_limits

MOST_LINKS = 1000  # that open, of one person
LONGEST_TIME = timedelta(days=3660)


class SharingOff(Exception):
    """The site does not let people share in this way."""

    def __init__(self) -> None:
        """Build the message for people."""
        super().__init__(_("This site does not let people share in this way."))


class TooManyLinks(Exception):
    """The owner already has MOST_LINKS links that open."""

    def __init__(self) -> None:
        """Build the message for people."""
        super().__init__(_("You have %(most)d links that open already; revoke some.") % {"most": MOST_LINKS})


def refuse_made_private(ids: Several[uuid.UUID]) -> None:
    """Check that no moderator made one of these images private, which only another decision ends.

    Raises:
        ValidationError: one did.
    """
    if ModerationAction.objects.kept_private(ids):
        raise ValidationError({"value": _("A moderator made this image private. You can appeal, but not share it.")})


def create_link(
    *,
    owner: Any,
    image: Image | None = None,
    collection: Collection | None = None,
    expires_at: datetime | None = None,
    password: str = "",
) -> ShareLink:
    """Create a link to one image or one collection of `owner`, open until it is revoked or `expires_at`.

    Raises:
        SharingOff: the site lets no link open.
        TooManyLinks: the owner has MOST_LINKS.
        ValidationError: `expires_at` is not in the future or over LONGEST_TIME away, the password too long, or the
            image was made private by a moderator.
        DeedRefused: the roles of the owner do not let them share by link.
    """
    require(owner, "gallery.share_link")
    if not links_open():
        raise SharingOff
    if image is not None:
        refuse_made_private([image.pk])
    now = timezone.now()
    if expires_at is not None and not now < expires_at <= now + LONGEST_TIME:
        sentence = _("expires_at must be in the future, at most %(days)d days from now") % {"days": LONGEST_TIME.days}
        raise ValidationError({"expires_at": sentence})
    if len(password) > LONGEST_PASSWORD:
        sentence = _("password must be at most %(most)d characters; got %(got)d")
        raise ValidationError({"password": sentence % {"most": LONGEST_PASSWORD, "got": len(password)}})
    hashed = make_password(password) if password else ""  # before the lock, since it takes long on purpose
    with transaction.atomic():
        lock_user(owner.pk)
        if ShareLink.objects.owned_by(owner).open(now).count() >= MOST_LINKS:
            raise TooManyLinks
        return ShareLink.objects.create(
            owner=owner, image=image, collection=collection, expires_at=expires_at, password=hashed
        )


def revoke_links(*, links: QuerySet[ShareLink], actor: Any) -> int:
    """Close links at once; return how many were open until now. Those of other people than `actor` are recorded."""
    with transaction.atomic():
        found = list(links.filter(revoked_at=None).select_for_update())
        ShareLink.objects.filter(pk__in=[one.pk for one in found]).update(revoked_at=timezone.now())
        for one in found:
            if one.owner_id != actor.pk:
                audit.record(actor=actor, action="share_link.revoked", target=one.pk, owner=one.owner_id)
    return len(found)


def is_password_of(link: ShareLink, password: str, *, address: str) -> bool:
    """Tell whether `password` opens `link`; tries are limited by link and address.

    Raises:
        RateLimited: too many tries.
    """
    rate_limits.spend("link_password", f"{link.pk}:{address}")
    rate_limits.spend("link_passwords", str(link.pk))
    return len(password) <= LONGEST_PASSWORD and check_password(password, link.password)


def like(*, user: Any, image: Image) -> int:
    """Let `user` like an image that they may see; repeating it changes nothing. Return how many like it."""
    with transaction.atomic():
        _, is_new = Like.objects.get_or_create(image=image, user=user)
        if is_new:
            Image.objects.filter(pk=image.pk).update(likes_count=F("likes_count") + 1)
            address = reverse("image", args=[image.pk])
            notify(image.owner_id, "image_liked", actor=user, group=f"image {image.pk}", url=address)
    return _count_likes(image)


def unlike(*, user: Any, image: Image) -> int:
    """Take back a like; return how many still like the image."""
    with transaction.atomic():
        removed, _each = Like.objects.filter(image=image, user=user).delete()
        if removed:
            Image.objects.filter(pk=image.pk, likes_count__gt=0).update(likes_count=F("likes_count") - 1)
    return _count_likes(image)


def forget_likes_of(user: Any) -> None:
    """Take back all likes of a person who is about to be deleted, so that the counts stay right."""
    with transaction.atomic():
        liked = list(Like.objects.filter(user=user).values_list("image", flat=True))
        Like.objects.filter(user=user).delete()
        for start in range(0, len(liked), 500):
            Image.objects.filter(pk__in=liked[start : start + 500]).update(likes_count=F("likes_count") - 1)


def _count_likes(image: Image) -> int:
    return int(Image.objects.filter(pk=image.pk).values_list("likes_count", flat=True).get())


def report_image(*, reporter: Any, image: Image, reason: str, text: str = "") -> Report:
    """Report an image of another person to the moderators; a second report by the same person replaces the first.

    Raises:
        ValidationError: the image is the reporter's own, `reason` is unknown, or `text` is too long.
        RateLimited: the reporter has reported too many images.
    """
    if image.owner_id == reporter.pk:
        raise ValidationError({"image": _("This is your own image: make it private or move it to the trash.")})
    if reason not in Report.Reason.values:
        raise ValidationError({"reason": _("reason must be one of %(all)s") % {"all": ", ".join(Report.Reason.values)}})
    normal = read_text(text, longest=LONGEST_REASON_TEXT)
    rate_limits.spend("report", str(reporter.pk))
    asked = {"reason": reason, "text": normal, "created_at": timezone.now()}
    values = {**asked, "resolved_at": None, "outcome": "", "decision": None}
    report, _is_new = Report.objects.update_or_create(image=image, reporter=reporter, defaults=values)
    return report


def resolve_reports(
    *,
    reports: QuerySet[Report],
    actor: Any,
    outcome: str = "",
    decisions: Mapping[uuid.UUID, int] | None = None,
) -> int:
    """Mark open reports as dealt with and record who did so; return how many.

    `decisions` are the numbers of the decisions that answer them, by image; `outcome` is one of Report.Outcome.
    """
    answers = decisions or {}
    with transaction.atomic():
        found = list(reports.filter(resolved_at=None).select_for_update())
        for one in found:
            one.resolved_at, one.outcome = timezone.now(), outcome
            one.decision_id = answers.get(one.image_id) if one.image_id else None
            audit.record(actor=actor, action="report.resolved", target=one.pk, image=str(one.image_id), outcome=outcome)
        Report.objects.bulk_update(found, ["resolved_at", "outcome", "decision"], batch_size=500)
    return len(found)
