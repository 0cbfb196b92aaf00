"""Suspensions as decisions: written down whoever suspends and wherever, and appealed against while they last."""

import math
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gallery.actions.moderation.appeals import NotAppealable, appeal
from gallery.actions.moderation.decisions import Grounds
from gallery.models import Appeal, ModerationAction
from gallery.models.moderation import LONGEST_APPEAL
from gallery.text import read_text
from sdsite.accounts.models import Suspension, User, lock_user
from sdsite.accounts.roles.suspension import check_reason, suspend

Deed = ModerationAction.Deed
A_DAY = timedelta(days=1)


@transaction.atomic
def suspend_person(*, person: User, until: datetime | None, reason: str, actor: Any) -> Suspension:
    """Suspend a person outside the desk, and write the decision down.

    Raises:
        ValidationError, DeedRefused: as `suspend`.
    """
    check_reason(reason)
    text = " ".join(reason.split())
    row = Grounds(actor, text=text).row(Deed.SUSPEND, person=person, days=_days(timezone.now(), until))
    row.save()
    return suspend(user=person, until=until, reason=reason, actor=actor, decision=row.pk)


def _days(at: datetime, until: datetime | None) -> int | None:
    return None if until is None else max(0, math.ceil((until - at) / A_DAY))


def decision_of(suspension: Suspension) -> ModerationAction | None:
    """Return the decision of a suspension; None for one of before decisions were written down for all."""
    if suspension.decision is None:
        return None
    return ModerationAction.objects.filter(pk=suspension.decision).first()


def appeal_suspension(*, suspension: Suspension, text: str) -> Appeal:
    """Appeal against a suspension that holds, as the person who is suspended.

    Raises:
        NotAppealable: it has ended meanwhile, or there was an appeal.
        ValidationError: `text` is empty, too long or not readable.
    """
    read_text(text, longest=LONGEST_APPEAL)
    with transaction.atomic():
        lock_user(suspension.user_id)  # so that two tabs do not appeal at once
        row = Suspension.objects.in_force().select_related("user", "by").filter(pk=suspension.pk).first()
        if row is None or row.at != suspension.at:
            raise NotAppealable(_("This suspension has ended."))
        return appeal(decision=decision_of(row) or _write_down(row), person=row.user, text=text)


def _write_down(suspension: Suspension) -> ModerationAction:
    """Write down the decision of a suspension of before, so that somebody else can decide about it."""
    days = _days(suspension.at, suspension.until)
    row = Grounds(suspension.by, text=suspension.reason).row(Deed.SUSPEND, person=suspension.user, days=days)
    row.at = suspension.at
    row.save()
    Suspension.objects.filter(pk=suspension.pk).update(decision=row.pk)
    return row
