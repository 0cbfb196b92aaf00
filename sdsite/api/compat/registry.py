"""Table of the dialects (other programs' APIs) of the site; the site settings switch each on or off without a restart.

Their URLs are at the root, because clients replace the path of the address that a user enters. All are always there:
the view or websocket of one that is off answers as an unknown address does.
"""

from dataclasses import dataclass
from functools import cache, wraps
from importlib import import_module
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from channels.db import database_sync_to_async
from django.http import Http404, HttpRequest
from django.urls import URLPattern

from sdsite.accounts import site_settings
from sdsite.accounts.models.site import DIALECTS as TITLES


@dataclass(frozen=True)
class Dialect:
    """One dialect: its title, and the module with its `urlpatterns` and `websocket_urlpatterns`."""

    title: str
    module: str


MODULES = {
    "openai": "sdsite.api.compat.openai.urls",
    "sdapi": "sdsite.api.compat.sdapi.urls",
    "stability": "sdsite.api.compat.stability.routing",
    "comfyui": "sdsite.api.compat.comfyui.urls",
    "mcp": "sdsite.api.compat.mcp.urls",
    "simple": "sdsite.api.compat.simple.urls",
}
DIALECTS: dict[str, Dialect] = {name: Dialect(TITLES[name], module) for name, module in MODULES.items()}


def enabled() -> list[str]:
    """Return the names of the dialects that are switched on; `manage.py check` refuses unknown names."""
    chosen = site_settings.current().dialects
    return [name for name in DIALECTS if name in chosen]


def patterns(kind: str) -> list[Any]:
    """Return all `kind` ("urlpatterns" or "websocket_urlpatterns"), which answer while their dialect is on."""
    guard = _guard_socket if kind == "websocket_urlpatterns" else _guard_view
    return [
        URLPattern(pattern.pattern, guard(pattern.callback, name), pattern.default_args, pattern.name)
        for name, dialect in DIALECTS.items()
        for pattern in getattr(import_module(dialect.module), kind, ())
    ]


def _is_on(name: str) -> bool:
    return name in site_settings.current().dialects


@cache  # one view has one guard, at however many addresses it lies
def _guard_view(view: Any, name: str) -> Any:
    """Return `view`, which is not found while dialect `name` is off."""
    if iscoroutinefunction(view):

        @wraps(view)
        async def in_loop(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not await sync_to_async(_is_on)(name):
                raise Http404
            return await view(request, *args, **kwargs)

        return in_loop

    @wraps(view)
    def in_thread(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not _is_on(name):
            raise Http404
        return view(request, *args, **kwargs)

    return in_thread


def _guard_socket(application: Any, name: str) -> Any:
    """Return the websocket `application`, which refuses the handshake while dialect `name` is off."""

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        if await database_sync_to_async(_is_on)(name):
            await application(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    return guarded
