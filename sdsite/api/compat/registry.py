"""Table of the dialects (other programs' APIs) that the site offers; `SDSITE_DIALECTS` switches each on or off.

Their URLs are at the root, because clients replace the path of the address that a user enters.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings


@dataclass(frozen=True)
class Dialect:
    """One dialect: its title, and the module with its `urlpatterns` and `websocket_urlpatterns`."""

    title: str
    module: str


DIALECTS: dict[str, Dialect] = {
    "openai": Dialect("OpenAI's images API", "sdsite.api.compat.openai.urls"),
    "sdapi": Dialect("AUTOMATIC1111's API", "sdsite.api.compat.sdapi.urls"),
    "stability": Dialect("Stability's websocket", "sdsite.api.compat.stability.routing"),
    "comfyui": Dialect("ComfyUI's API", "sdsite.api.compat.comfyui.urls"),
    "simple": Dialect("The simple API", "sdsite.api.compat.simple.urls"),
}


def enabled() -> list[str]:
    """Return the names of the dialects that are switched on; `manage.py check` refuses unknown names."""
    return [name for name in DIALECTS if name in settings.DIALECTS]


def patterns(kind: str) -> list[Any]:
    """Return all `kind` ("urlpatterns" or "websocket_urlpatterns") of the dialects that are switched on."""
    modules = [import_module(DIALECTS[name].module) for name in enabled()]
    return [pattern for module in modules for pattern in getattr(module, kind, ())]
