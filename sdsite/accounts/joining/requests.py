"""Requests for an account: kept until an administrator decides them, and told by mail where the site sends any."""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPException

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone, translation

from sdsite.accounts import audit
from sdsite.accounts.models import SignupRequest, User
from sdsite.accounts.notices import notify
from sdsite.accounts.roles.membership import administrators

logger = logging.getLogger(__name__)

MOST_WAITING = 1000  # more would be no people
MOST_TOLD = 20  # administrators, of one request
KEPT_DAYS = 7  # after which refused requests, and accounts whose address was never verified, are removed
REMOVED_TOGETHER = 500


class TooManyRequests(Exception):
    """As many people wait as the site keeps."""


@transaction.atomic
def ask(*, user: User, reason: str = "") -> SignupRequest:
    """Let the account of a person who signs up wait; call it in the transaction that stores the user.

    Raises:
        TooManyRequests: MOST_WAITING wait already.
    """
    if SignupRequest.objects.waiting().count() >= MOST_WAITING:
        raise TooManyRequests
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False
    row = SignupRequest.objects.create(user=user, reason=reason.strip()[:500])
    audit.record(actor=user, action="signup.requested", target=user)
    address = reverse("admin:accounts_signuprequest_changelist")
    for administrator in administrators()[:MOST_TOLD]:
        notify(administrator, "signup_asked", actor=user, group="requests", url=address)
    return row


def approve(*, requests: QuerySet[SignupRequest], actor: User) -> list[User]:
    """Activate the accounts of these requests, also of refused ones, and return them; a decided one is left out.

    Where the site sends mail, call it in a request, whose address the mail names.
    """
    return _decide(requests, actor, approved=True)


def refuse(*, requests: QuerySet[SignupRequest], actor: User) -> list[User]:
    """Refuse these requests, and return the accounts, which are removed after KEPT_DAYS."""
    return _decide(requests.filter(refused_at=None), actor, approved=False)


def _decide(requests: QuerySet[SignupRequest], actor: User, *, approved: bool) -> list[User]:
    decided = []
    for pk in list(requests.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = SignupRequest.objects.select_for_update().filter(pk=pk, user__is_active=False).first()
            if row is None or (row.refused_at and not approved):
                continue  # somebody else decided it meanwhile
            user = row.user
            if approved:
                user.is_active = True
                user.save(update_fields=["is_active"])
                row.delete()
            else:
                row.refused_at = timezone.now()
                row.save(update_fields=["refused_at"])
            audit.record(actor=actor, action=f"signup.{'approved' if approved else 'refused'}", target=user)
            decided.append(user)
    _tell(decided, "signup_approved" if approved else "signup_refused")
    return decided


def _tell(people: list[User], template: str) -> None:
    """Send each of them a mail; the first that the server does not take ends it, because each may wait for long."""
    for user in people:
        if not user.email:
            continue
        try:
            with translation.override(user.language or settings.LANGUAGE_CODE):
                get_adapter().send_mail(f"account/email/{template}", user.email, {"user": user, "days": KEPT_DAYS})
        except (SMTPException, OSError) as error:
            # Only the kind: an SMTP error may quote the mail.
            logger.error("people were not told of their sign-up: the mail server answers with %s", type(error).__name__)
            return


def remove_old(now: datetime | None = None) -> int:
    """Delete accounts that were refused, or never verified, KEPT_DAYS ago; return how many. Nobody ever used them."""
    before = (now or timezone.now()) - timedelta(days=KEPT_DAYS)
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    never = User.objects.filter(must_verify_email=True, api_keys=None, last_login=None, date_joined__lt=before)
    removed = [
        *User.objects.filter(is_active=False, last_login=None, signup_request__refused_at__lt=before)[
            :REMOVED_TOGETHER
        ],
        *never.exclude(Exists(verified))[:REMOVED_TOGETHER],
    ]
    for user in removed:
        with transaction.atomic():
            audit.record(actor=None, action="signup.removed", target=user)
            user.delete()
    return len(removed)
