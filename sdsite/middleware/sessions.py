"""Sessions of people: used ones stay open, and browsers keep no page with private content after logging out."""

import logging
import time

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from sdsite.accounts.sessions.activity import note_use
from sdsite.core.session_store import BEGAN, SEEN

logger = logging.getLogger(__name__)

WRITES_AN_IDLE_TIME = 20  # a session in use is written that often, not with every request
# Pages whose scroll position the back/forward cache keeps, which browsers do not use for pages marked no-store.
SCROLLED = {"library", "collection"}
KEPT, NOT_KEPT = "private, no-cache", "private, no-store"
FORGET = '"cache"'  # of Clear-Site-Data: pages and images, the back/forward cache too


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's, which also extends sessions in use and says how pages of people who are logged in may be kept."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Add headers, and save the session if it changed or was not extended for a while."""
        if getattr(request, "logged_out", False):
            response["Clear-Site-Data"] = FORGET
        session: SessionBase = request.session
        extended = False
        if session.accessed and SESSION_KEY in session:
            _mark_private(request, response)
            extended = _extend(session)
        try:
            answer = super().process_response(request, response)
        except (OperationalError, InterfaceError) as error:
            if not extended:
                raise
            logger.warning("a session is not extended for now: %s", error)  # the page itself is fine
            session.modified = False
            answer = super().process_response(request, response)
        if session.accessed:
            note_use(request)
        return answer


def _mark_private(request: HttpRequest, response: HttpResponse) -> None:
    if response.has_header("Cache-Control"):
        return
    is_page = response.get("Content-Type", "").startswith("text/html")
    scrolled = request.resolver_match is not None and request.resolver_match.url_name in SCROLLED
    response["Cache-Control"] = NOT_KEPT if is_page and not scrolled else KEPT


def _extend(session: SessionBase) -> bool:
    """Mark the session as used if that was long ago; return whether this alone changed it."""
    now = int(time.time())
    if now - session.get(SEEN, 0) < settings.SESSION_COOKIE_AGE / WRITES_AN_IDLE_TIME:
        return False
    changed = session.modified
    session[SEEN] = now
    session.setdefault(BEGAN, now)  # of a session from before this was written
    return not changed
