"""Suspension of people, for a time or for good."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sdsite.accounts import audit
from sdsite.accounts.models import AccountDeletion, SignupRequest, Suspension, User
from sdsite.accounts.roles.backend import may
from sdsite.accounts.roles.deeds import DeedRefused
from sdsite.accounts.roles.membership import refuse_without_administrator

ENDED_TOGETHER = 200  # in one round of maintenance
LONGEST_REASON = 500


@transaction.atomic
def suspend(*, user: User, until: datetime | None, reason: str, actor: User | None) -> Suspension:
    """Suspend a person at once: sessions, keys, sockets and jobs end, what they made stays and is hidden.

    `until` None: until somebody ends it. Suspending again replaces end and reason. `actor` None: the site itself.

    Raises:
        ValidationError: `until` is not in the future, it is the actor, or the last administrator.
        DeedRefused: the person is staff, and the actor does not manage people.
    """
    if until is not None and until <= timezone.now():
        raise ValidationError({"until": _("The end must lie in the future.")})
    if actor is not None and actor.pk == user.pk:
        raise ValidationError({"user": _("You cannot suspend yourself.")})
    if actor is not None and user.is_staff and not may(actor, "accounts.manage_roles"):
        raise DeedRefused("accounts.manage_roles")
    refuse_without_administrator(without=user)
    values = {"at": timezone.now(), "until": until, "reason": reason.strip()[:LONGEST_REASON], "by": actor}
    row, _made = Suspension.objects.update_or_create(user=user, defaults=values)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end = until.isoformat() if until else None
    audit.record(actor=actor, action="user.deactivated", target=user, until=end, reason=row.reason)
    return row


@transaction.atomic
def end_suspension(*, user: User, actor: User | None) -> bool:
    """Let a suspended person in again, and return whether they were suspended; `actor` None: the time is over."""
    if user.is_active:
        Suspension.objects.filter(user=user).delete()
        return False
    Suspension.objects.filter(user=user).delete()
    SignupRequest.objects.filter(user=user).delete()
    AccountDeletion.objects.filter(user=user).delete()
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit.record(actor=actor, action="user.activated", target=user)
    return True


def end_due(now: datetime | None = None) -> int:
    """End the suspensions whose time is over; return how many. Accounts that wait for something else stay closed."""
    ended = 0
    for pk in list(Suspension.objects.due(now).values_list("pk", flat=True)[:ENDED_TOGETHER]):
        with transaction.atomic():
            # Asked again while it is locked: somebody may have made it longer meanwhile.
            row = Suspension.objects.due(now).select_for_update(of=("self",)).select_related("user").filter(pk=pk)
            for one in row:
                ended += _end(one)
    return ended


def _end(row: Suspension) -> int:
    others: Any = (AccountDeletion, SignupRequest)
    if any(model.objects.filter(user=row.user).exists() for model in others):
        row.delete()
        return 0
    return int(end_suspension(user=row.user, actor=None))
