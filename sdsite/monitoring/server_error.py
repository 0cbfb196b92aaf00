"""The page of a request that failed: 503 while the database is away or the disk is full, else 500."""

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template import loader

from sdsite.configuration.page import last_known
from sdsite.core.disk_space import is_disk_full

logger = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError)
RETRY_SECONDS = {"503_disk_full.html": 300, "503.html": 5}


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for the exception that is being handled; of one that will pass the log gets one line."""
    error = sys.exc_info()[1]
    if is_disk_full(error):
        template = "503_disk_full.html"
    elif isinstance(error, AWAY):
        template = "503.html"
    else:
        return HttpResponseServerError(_render("500.html"))
    logger.warning("%s %s was answered with 503: %s", request.method, request.path, error)
    response = HttpResponse(_render(template), status=503, headers={"Retry-After": str(RETRY_SECONDS[template])})
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own line would be a traceback
    return response


def _render(template: str) -> str:
    return loader.get_template(template).render(last_known())
