"""Sign-ins, failed ones, sign-outs and changes of second factors in the audit log; failures join in few entries.

An entry cannot be changed later, so the number of failures is told by an entry at the first, the tenth, the hundredth
one and so on within WINDOW. What was typed as a name is kept only where it is one of the site: people type passwords
into the wrong field.
"""

import logging
from datetime import timedelta
from typing import Any

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.signals import user_logged_in
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from django.contrib.auth.signals import user_logged_out
from django.db import Error, transaction
from django.db.models import Q
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from sdsite.accounts import audit
from sdsite.accounts.audit.origin import get_origin
from sdsite.accounts.models import AuditEvent, User
from sdsite.accounts.sessions.agents import browser_of, system_of
from sdsite.core import rate_limits

logger = logging.getLogger(__name__)

WINDOW = timedelta(minutes=15)
MOST_ENTRIES = 200  # of failures in WINDOW, whatever their addresses and accounts
STARTED, ENDED, REFUSED = "session.started", "session.ended", "session.refused"


@receiver(user_logged_in, dispatch_uid="accounts.sign_in")
def record_sign_in(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Record who signed in, by which steps and with which browser and system."""
    methods = request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, ())
    steps = [str(one.get("type") or one.get("provider") or one.get("method"))[:40] for one in methods]
    _record(actor=user, action=STARTED, target=user, steps=steps, device=_device(request))


@receiver(user_logged_out, dispatch_uid="accounts.sign_out")
def record_sign_out(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Record who signed out."""
    if user is not None:
        _record(actor=user, action=ENDED, target=user, device=_device(request), signed_out=True)


@receiver(authentication_failed, dispatch_uid="accounts.second_factor_failed")
def record_wrong_code(user: Any, **kwargs: Any) -> None:
    """Record a wrong code of the second factor."""
    record_failure(user=user, step="second factor")


@receiver(authenticator_added, dispatch_uid="accounts.factor_added")
def record_added_factor(user: Any, authenticator: Any, **kwargs: Any) -> None:
    """Record a second factor that somebody set up: an app with codes, recovery codes or a passkey."""
    _record(actor=user, action="factor.added", target=user, kind=authenticator.type)


@receiver(authenticator_removed, dispatch_uid="accounts.factor_removed")
def record_removed_factor(user: Any, authenticator: Any, **kwargs: Any) -> None:
    """Record a second factor that somebody removed."""
    _record(actor=user, action="factor.removed", target=user, kind=authenticator.type)


@receiver(authenticator_reset, dispatch_uid="accounts.factor_replaced")
def record_replaced_factor(user: Any, authenticator: Any, **kwargs: Any) -> None:
    """Record new recovery codes in the place of older ones."""
    _record(actor=user, action="factor.replaced", target=user, kind=authenticator.type)


def record_wrong_password(credentials: dict[str, Any]) -> None:
    """Record a failed sign-in with a password; `credentials` have the name or address that was typed."""
    typed = str(credentials.get("username") or credentials.get("email") or "")[:254]
    found = User.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed)).order_by("pk") if typed else None
    record_failure(user=found.first() if found is not None else None, step="password")


def record_failure(*, user: User | None, step: str) -> None:
    """Record that somebody failed to sign in as `user`, None for no account of the site.

    Of one address, account and step the first, tenth, hundredth failure within WINDOW and so on have an entry, of
    all of them together MOST_ENTRIES; beyond, entries count what is left out in the same way.
    """
    account = user.get_username() if user is not None else ""
    number = _count(f"{get_origin().address} {step} {account}")
    if number is None:
        number = 0 if _was_recorded(account) else 1
    if not _is_told(number):
        return
    entries = _count("entries") or 0
    if entries <= MOST_ENTRIES:
        told = {"step": step, "failures": number, "minutes": WINDOW.seconds // 60}
        _record(actor=None, action=REFUSED, target=account, **told)
    elif _is_told(entries - MOST_ENTRIES):
        _record(actor=None, action=REFUSED, left_out=entries - MOST_ENTRIES, minutes=WINDOW.seconds // 60)


def _is_told(number: int) -> bool:
    """Tell whether `number` is 1, 10, 100 and so on."""
    return number > 0 and str(number).strip("0") == "1"


def _count(name: str) -> int | None:
    """Count a failure within WINDOW, and return how many there are; None where Redis does not answer."""
    key = f"failed-sign-ins/{name}"
    return rate_limits.ask("failed_sign_in", lambda storage: storage.incr(key, WINDOW.seconds))


def _was_recorded(account: str) -> bool:
    since = timezone.now() - WINDOW
    rows = AuditEvent.objects.filter(action=REFUSED, at__gte=since, address=get_origin().address, target=account)
    return rows.exists()


def _record(**event: Any) -> None:
    """Write an entry; a database that is away keeps nobody out."""
    try:
        with transaction.atomic():
            audit.record(**event)
    except Error as error:
        logger.warning("%s is not in the audit log: %s", event["action"], error)


def _device(request: HttpRequest | None) -> str:
    agent = request.headers.get("User-Agent", "") if request is not None else ""
    return " ".join(filter(None, (browser_of(agent), system_of(agent))))
