"""Suspension of people, for a time or for good."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sdsite.accounts import audit
from sdsite.accounts.models import AccountDeletion, SignupRequest, Suspension, User
from sdsite.accounts.notices import notify
from sdsite.accounts.plain_text import wrong_characters
from sdsite.accounts.roles.backend import may
from sdsite.accounts.roles.deeds import DeedRefused
from sdsite.accounts.roles.membership import refuse_without_administrator
from sdsite.accounts.roles.suspended_link import suspended_url

ENDED_TOGETHER = 200  # in one round of maintenance
LONGEST_REASON = 500


@transaction.atomic
def suspend(
    *, user: User, until: datetime | None, reason: str, actor: User | None, decision: int | None = None
) -> Suspension:
    """Suspend a person at once: sessions, keys, sockets and jobs end, what they made stays and is hidden.

    `until` None: until somebody ends it. Suspending again replaces end and reason. `actor` None: the site itself.
    `decision` is the number under which it is written down. Who wants the account deleted is suspended too, and it is
    deleted all the same. The person is told by mail, with a link that takes an appeal.

    Raises:
        ValidationError: `until` is not in the future, `reason` cannot be shown, or as `check_person`, or it is the last
            administrator.
        DeedRefused: as `check_person`.
    """
    if until is not None and until <= timezone.now():
        raise ValidationError({"until": _("The end must lie in the future.")})
    check_reason(reason)
    check_person(user, actor)
    refuse_without_administrator(without=user)
    values = {"at": timezone.now(), "until": until, "reason": reason.strip()[:LONGEST_REASON], "by": actor}
    row, _made = Suspension.objects.update_or_create(user=user, defaults={**values, "decision": decision})
    user.is_active = False
    user.save(update_fields=["is_active"])
    end = until.isoformat() if until else None
    audit.record(actor=actor, action="user.deactivated", target=user, until=end, reason=row.reason)
    notify(user, "suspended", url=suspended_url(row), reason=row.reason)
    return row


def check_reason(reason: str) -> None:
    """Check a reason before anything of the suspension is stored.

    Raises:
        ValidationError: it has characters that cannot be shown.
    """
    if wrong := wrong_characters(" ".join(reason.split())):
        raise ValidationError({"reason": wrong})


def check_person(person: User, actor: User | None) -> None:
    """Check that `actor` may warn or suspend `person`, at every door the same; None is the site itself.

    Raises:
        ValidationError: it is the actor.
        DeedRefused: the person is staff, and the actor does not manage people and roles.
    """
    if actor is None:
        return
    if actor.pk == person.pk:
        raise ValidationError({"user": _("You cannot warn or suspend yourself.")})
    if (person.is_staff or person.is_superuser) and not may(actor, "accounts.manage_roles"):
        raise DeedRefused("accounts.manage_roles")


def let_in_again(*, user: User, actor: User) -> bool:
    """End a suspension as somebody who decides about people; return whether the person is let in again.

    Raises:
        ValidationError, DeedRefused: as `check_person`: who may not suspend a person does not end it either.
    """
    check_person(user, actor)
    return end_suspension(user=user, actor=actor)


@transaction.atomic
def end_suspension(*, user: User, actor: User | None) -> bool:
    """End a suspension, and return whether the person is let in again; `actor` None: the time is over.

    An account that its owner wants deleted, or that waits for approval, stays closed for that.
    """
    ended = Suspension.objects.filter(user=user).delete()[0]
    if user.is_active:
        return False
    if _waits_for_something_else(user):
        if ended:
            audit.record(actor=actor, action="user.suspension_ended", target=user)
        return False
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit.record(actor=actor, action="user.activated", target=user)
    return True


def _waits_for_something_else(user: User) -> bool:
    others: Any = (AccountDeletion, SignupRequest)
    return any(model.objects.filter(user=user).exists() for model in others)


def end_due(now: datetime | None = None) -> int:
    """End the suspensions whose time is over; return how many. Accounts that wait for something else stay closed."""
    ended = 0
    for pk in list(Suspension.objects.due(now).values_list("pk", flat=True)[:ENDED_TOGETHER]):
        with transaction.atomic():
            # Asked again while it is locked: somebody may have made it longer meanwhile.
            row = Suspension.objects.due(now).select_for_update(of=("self",)).select_related("user").filter(pk=pk)
            for one in row:
                ended += end_suspension(user=one.user, actor=None)
    return ended
