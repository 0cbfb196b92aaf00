"""The ASGI door: HTTP to Django, websockets to the consumers."""

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

from generation.realtime import routing  # noqa: E402
from sdsite import forms  # noqa: E402
from sdsite.api import dialects  # noqa: E402
from sdsite.api.sockets import routes  # noqa: E402
from sdsite.cors import is_listed  # noqa: E402
from sdsite.line import with_line  # noqa: E402


class BrowserOriginValidator(OriginValidator):
    """Refuses pages of other sites. A missing Origin passes: browsers always send one, programs seldom do.

    Pages that `SDSITE_CORS_ORIGINS` names pass without their cookies: they come with a key or not at all.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """Pass the connection on, or deny it."""
        origin = dict(scope["headers"]).get(b"origin", b"").decode("latin-1")
        if origin and not self.valid_origin(urlparse(origin)) and is_listed(origin):
            keyed = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"cookie"]}
            return await self.application(keyed, receive, send)
        return await super().__call__(scope, receive, send)

    def valid_origin(self, parsed_origin: object) -> bool:
        """Tell whether a websocket may be opened from `parsed_origin`."""
        return parsed_origin is None or bool(super().valid_origin(parsed_origin))


forms.leave_to_the_site()
sockets = [
    *routing.websocket_urlpatterns,
    *routes.websocket_urlpatterns,
    *dialects.patterns("websocket_urlpatterns"),
]
application = ProtocolTypeRouter(
    {
        "http": with_line(django_application),
        "websocket": with_line(BrowserOriginValidator(AuthMiddlewareStack(URLRouter(sockets)), settings.ALLOWED_HOSTS)),
    }
)
