"""Middleware that shows people who have a step to do only the pages of that step; APIs refuse them by themselves."""

from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.deprecation import MiddlewareMixin

from sdsite.accounts.models import User
from sdsite.accounts.required_steps.due import SECOND_FACTOR, SENTENCES, TERMS, step_of

PAGES = {TERMS: "terms_accept", SECOND_FACTOR: "second_factor"}
# What stays open: the way out, the language, what is public or has no page, and what the step itself needs. Who does
# not accept terms can take their data and go; whoever only knows a password cannot.
OPEN = {"account_logout", "language", "terms", "manifest", "service_worker", "offline", "healthz", "readyz", "metrics"}
OPEN_FOR = {
    TERMS: {"terms_accept", "own_data", "export", "delete_account"},
    SECOND_FACTOR: {"second_factor", "account_reauthenticate", "account_email"},
}
PREFIXES = {TERMS: (), SECOND_FACTOR: ("mfa_",)}


class StepGate(MiddlewareMixin):
    """Redirects pages to that of the step; other requests of pages get a sentence with 403."""

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Answer for the view where a step is due and the page is not one of the step."""
        match = request.resolver_match
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or match is None or match.namespace == "api":
            return None
        step = _step_of(request)
        name = match.url_name or ""
        if not step or name in OPEN or name in OPEN_FOR[step] or name.startswith(PREFIXES[step] or ("\0",)):
            return None
        if request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", "text/html"):
            return redirect(PAGES[step])
        return HttpResponse(f"{SENTENCES[step]}\n", status=403, content_type="text/plain")


def _step_of(request: HttpRequest) -> str:
    try:
        user = request.user
        return step_of(user) if isinstance(user, User) and user.is_authenticated else ""
    except (OperationalError, InterfaceError):  # what needs no database is answered nevertheless
        return ""
