"""ASGI application: HTTP goes to Django, websockets to the consumers."""

import os
import sys
from typing import Any

from django.core.asgi import get_asgi_application
from django.core.exceptions import ImproperlyConfigured
from environs import EnvValidationError

from sdsite.core.imports import without_collections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sdsite.settings")
try:
    with without_collections():
        django_application = get_asgi_application()
except (ImproperlyConfigured, EnvValidationError) as error:
    sys.exit(f"sdsite: {error}")  # an invalid setting of the operator needs no traceback

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.urls import path, re_path

from generation.realtime import routing
from sdsite import env
from sdsite.api.compat import registry
from sdsite.api.websocket import routing as routes
from sdsite.core.backpressure import Application, Send, with_backpressure
from sdsite.middleware import arriving_bodies, daphne_forms, daphne_sockets
from sdsite.middleware.cors import is_listed
from sdsite.middleware.proxies import TrustedProxies, below_root_path


def with_checked_origin(application: Application) -> Application:
    """Return `application` for websockets of the site's own pages and of programs; other sites' pages are refused.

    An origin is the site's own if it equals scheme, host and port of the request, as for Django's check of forms:
    cookies do not know ports, so a page on another port of the same host would act in the visitor's name. A missing
    Origin passes: browsers always send one, programs seldom. Pages of the origins in `SDSITE_CORS_ORIGINS` pass
    without their cookies, so that they need an API key.
    """

    async def wrapped(scope: Any, receive: Any, send: Send) -> None:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        if not origin or _is_own(origin, scope, headers.get(b"host", b"").decode("latin-1")):
            await application(scope, receive, send)
        elif is_listed(origin):
            keyed = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"cookie"]}
            await application(keyed, receive, send)
        else:
            await refuse(scope, receive, send)

    return wrapped


def _is_own(origin: str, scope: Any, host: str) -> bool:
    """Tell whether `origin` is that of pages at the Host header `host`, or one that the settings name."""
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return False
    secure = settings.ENV["SDSITE_HTTPS"] or scope.get("scheme") == "wss"
    return origin == f"{'https' if secure else 'http'}://{host}"


def without_body(application: Application) -> Application:
    """Return `application` with responses to HEAD that have no body.

    Daphne drops only the first part of a body. The rest of a long one would be sent, and a client that keeps the
    connection, such as a proxy, would take it for the response to the next request.
    """

    async def wrapped(scope: Any, receive: Any, send: Send) -> None:
        async def send_head(message: Any) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await application(scope, receive, send_head if scope["method"] == "HEAD" else send)

    return wrapped


async def refuse(scope: Any, receive: Any, send: Send) -> None:
    """Close websockets of URLs that have none."""
    await send({"type": "websocket.close"})


SWITCH_SECONDS = 0.001  # a thread that computes gives way to the event loop after this; Python's default is 5 ms
sys.setswitchinterval(SWITCH_SECONDS)
env.log_report(settings.ENV_FILE)
daphne_forms.disable_form_parsing()
daphne_sockets.bound_reading()
arriving_bodies.bound_bodies()
sockets = [
    *routing.websocket_urlpatterns,
    *routes.websocket_urlpatterns,
    *registry.patterns("websocket_urlpatterns"),
    re_path(r"", refuse),  # type: ignore[arg-type]  # last: the first pattern that matches is used
]
if settings.ROOT_PATH:
    inner = URLRouter(sockets)
    sockets = [path(f"{settings.ROOT_PATH[1:]}/", inner), re_path(r"", refuse)]  # type: ignore[arg-type]
proxies = TrustedProxies(settings.TRUSTED_PROXIES, https=settings.ENV["SDSITE_HTTPS"])


def behind_proxies(application: Application) -> Application:
    """Return `application` below the path of the site, with the clients that trusted proxies name."""
    return proxies.wrap(below_root_path(application, settings.ROOT_PATH))


application = ProtocolTypeRouter(
    {
        "http": arriving_bodies.with_refused_bodies(
            behind_proxies(with_backpressure(without_body(django_application)))
        ),
        "websocket": behind_proxies(with_backpressure(with_checked_origin(AuthMiddlewareStack(URLRouter(sockets))))),
    }
)
