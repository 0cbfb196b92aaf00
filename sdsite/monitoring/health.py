"""Health checks for load balancers: `/healthz` for the process, `/readyz` for database and queue."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import RedisError

from sdsite import redis_address
from sdsite.core import disk_space

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 2.0


def _database() -> None:
    # A table, because SQLite makes an empty database where the file was removed.
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")


def _queue() -> None:
    # A connection of its own with short timeouts: the pool of the queue may wait for longer than a probe.
    timeouts = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS}
    with redis_address.parse(settings.REDIS_URL).client(**timeouts) as redis:
        redis.ping()


PARTS: dict[str, Callable[[], None]] = {"database": _database, "queue": _queue}


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process runs, without asking database or queue."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 if all of PARTS answer, else 503; the body lists the parts and the disk, the log has the reasons."""
    parts: dict[str, str] = {}
    for name, ask in PARTS.items():
        try:
            ask()
            parts[name] = "ok"
        except (Error, RedisError, OSError) as error:
            logger.warning("not ready: %s does not answer: %s", name, error)
            parts[name] = "unreachable"
    ready = all(state == "ok" for state in parts.values())
    # Reading and deleting go on, so a disk that is nearly full does not take the site out of a load balancer.
    parts["disk"] = "nearly full" if disk_space.is_scarce() else "ok"
    return JsonResponse({"status": "ready" if ready else "unavailable", "parts": parts}, status=200 if ready else 503)
