"""ASGI application: HTTP goes to Django, websockets to the consumers."""

import os
from typing import Any
from urllib.parse import urlparse

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sdsite.settings")
django_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402  Django must be set up first
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import OriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import re_path  # noqa: E402

from generation.realtime import routing  # noqa: E402
from sdsite.api.compat import registry  # noqa: E402
from sdsite.api.websocket import routing as routes  # noqa: E402
from sdsite.core.backpressure import Application, Send, with_backpressure  # noqa: E402
from sdsite.middleware import daphne_forms  # noqa: E402
from sdsite.middleware.cors import is_listed  # noqa: E402


class BrowserOriginValidator(OriginValidator):
    """Refuses websockets of other sites' pages. A missing Origin passes: browsers always send one, programs seldom.

    Pages of the origins in `SDSITE_CORS_ORIGINS` pass without their cookies, so that they need an API key.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """Pass the connection on, or refuse it."""
        origin = dict(scope["headers"]).get(b"origin", b"").decode("latin-1")
        if origin and not self.valid_origin(urlparse(origin)) and is_listed(origin):
            keyed = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"cookie"]}
            return await self.application(keyed, receive, send)
        return await super().__call__(scope, receive, send)

    def valid_origin(self, parsed_origin: object) -> bool:
        """Tell whether a websocket may be opened from `parsed_origin`."""
        return parsed_origin is None or bool(super().valid_origin(parsed_origin))


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


daphne_forms.disable_form_parsing()
sockets = [
    *routing.websocket_urlpatterns,
    *routes.websocket_urlpatterns,
    *registry.patterns("websocket_urlpatterns"),
    re_path(r"", refuse),  # type: ignore[arg-type]  # last: the first pattern that matches is used
]
application = ProtocolTypeRouter(
    {
        "http": with_backpressure(without_body(django_application)),
        "websocket": with_backpressure(
            BrowserOriginValidator(AuthMiddlewareStack(URLRouter(sockets)), settings.ALLOWED_HOSTS)
        ),
    }
)
