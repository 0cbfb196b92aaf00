"""Decisions about people: warnings and suspensions, and who may decide what."""

import uuid
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from gallery.actions.moderation.decisions import Decided, Grounds, check_grounds, close_reports
from gallery.actions.moderation.telling import tell_owners
from gallery.actions.moderation.wording import describe_reason, language_of
from gallery.models import Image, ModerationAction
from sdsite.accounts import audit
from sdsite.accounts.models import User
from sdsite.accounts.roles.backend import people_with
from sdsite.accounts.roles.deeds import DeedRefused
from sdsite.accounts.roles.suspension import check_person, suspend

Deed = ModerationAction.Deed
ABOUT_PEOPLE = (Deed.WARN, Deed.SUSPEND)
SUSPENSION_DAYS = (1, 7, 30)  # beside for good


def may_moderate(user: Any) -> bool:
    """Tell whether `user` decides about images: staff with the permission, or who may delete images, as before it."""
    return bool(user.is_staff and (user.has_perm("gallery.moderate_image") or user.has_perm("gallery.delete_image")))


def may_decide_appeals(user: Any) -> bool:
    """Tell whether `user` decides appeals: staff with the permission, or who may delete images, as before it."""
    return bool(user.is_staff and (user.has_perm("gallery.decide_appeal") or user.has_perm("gallery.delete_image")))


def others_who_decide_appeals(*people: Any) -> QuerySet[User]:
    """Return those who may decide appeals, without `people`."""
    able = people_with("gallery.decide_appeal") | people_with("gallery.delete_image")
    return able.filter(is_staff=True).exclude(pk__in=[person.pk for person in people if person is not None])


def decide_about_owners(
    *,
    deed: str,
    images: QuerySet[Image],
    actor: Any,
    reason: str = "",
    text: str = "",
    days: int | None = None,
) -> Decided:
    """Warn or suspend the owners of images, each once; `days` None: for good.

    Who may not be warned or suspended by `actor` is in `refused`, by their images, with a sentence. The decision names
    the first of the images; the open reports of all of them were right.

    Raises:
        ValidationError: as `check_grounds`, or there is no reason, or `days` is none of SUSPENSION_DAYS.
    """
    grounds = check_grounds(actor, reason, text)
    if not (grounds.reason or grounds.text):
        raise ValidationError({"reason": _("Say why: choose a reason, or write one.")})
    if days is not None and days not in SUSPENSION_DAYS:
        sentence = _("days must be one of %(all)s, or left out: for good")
        raise ValidationError({"days": sentence % {"all": ", ".join(map(str, SUSPENSION_DAYS))}})
    by_owner: dict[int, list[Image]] = {}
    for image in images.select_related("owner").order_by("created_at", "pk"):
        by_owner.setdefault(image.owner_id, []).append(image)
    made: dict[uuid.UUID, ModerationAction] = {}
    refused: dict[uuid.UUID, str] = {}
    for theirs in by_owner.values():
        try:
            row = _decide_about(deed, theirs[0], grounds, days)
        except (ValidationError, DeedRefused) as error:
            why = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            refused |= {image.pk: why for image in theirs}
            continue
        answered = {image.pk: row for image in theirs}
        close_reports(answered, actor, upheld=True)
        made |= answered
    return Decided(made, refused=refused)


def _decide_about(deed: str, image: Image, grounds: Grounds, days: int | None) -> ModerationAction:
    person = image.owner
    with transaction.atomic():
        check_person(person, grounds.actor)
        row = grounds.row(deed, person=person, image_id=image.pk, days=days if deed == Deed.SUSPEND else None)
        row.save()
        if deed == Deed.SUSPEND:
            until = None if days is None else timezone.now() + timedelta(days=days)
            with translation.override(language_of(person)):
                why = describe_reason(row)
            suspend(user=person, until=until, reason=why, actor=grounds.actor, decision=row.pk)
        else:
            audit.record(actor=grounds.actor, action="user.warned", target=person, decision=row.pk, reason=row.reason)
            tell_owners([row], grounds.actor)
    return row
