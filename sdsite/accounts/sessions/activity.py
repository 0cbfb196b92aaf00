"""When and from where sessions are used, written at the login and then at most once a minute by each process."""

import logging
import threading
import time
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.db import Error, transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from sdsite.accounts.models import UserSession
from sdsite.core.session_store import BEGAN

logger = logging.getLogger(__name__)

WRITE_SECONDS = 60
REMEMBERED = 20_000  # sessions of this process whose last write is known; an older one is written again

_written: OrderedDict[str, float] = OrderedDict()
_lock = threading.Lock()


@receiver(user_logged_in)
def note_login(request: HttpRequest | None, **kwargs: Any) -> None:
    """Store where the new session is used."""
    if request is not None and hasattr(request, "session"):
        note_use(request)


def note_use(request: HttpRequest) -> None:
    """Store that the session of `request` is used now, if somebody is logged in; a database that is away is no error.

    Call it when the session itself is stored.
    """
    key = request.session.session_key
    if not key or SESSION_KEY not in request.session or not _is_due(key):
        return
    try:
        with transaction.atomic():
            _store(key, request)
    except Error as error:  # also where the session was ended meanwhile
        logger.info("the use of a session is not stored: %s", error)


def _is_due(key: str) -> bool:
    now = time.monotonic()
    with _lock:
        last = _written.get(key)
        if last is not None and now - last < WRITE_SECONDS:
            return False
        _written[key] = now
        _written.move_to_end(key)
        while len(_written) > REMEMBERED:
            _written.popitem(last=False)
    return True


def _store(key: str, request: HttpRequest) -> None:
    used = {
        "address": str(request.META.get("REMOTE_ADDR") or "")[:45],
        "user_agent": "".join(filter(str.isprintable, request.headers.get("User-Agent", "")))[:300],
        "auth_hash": request.session.get(HASH_SESSION_KEY, ""),
        "used_at": timezone.now(),
    }
    user_id = int(request.session[SESSION_KEY])
    if not UserSession.objects.filter(session_id=key, user_id=user_id).update(**used):
        began = datetime.fromtimestamp(request.session.get(BEGAN, time.time()), UTC)
        UserSession.objects.update_or_create(session_id=key, defaults={**used, "user_id": user_id, "began_at": began})
