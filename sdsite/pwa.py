"""What makes the site an app: its manifest, its service worker and the page that is shown offline."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from generation.serializers.site import logo_url
from sdsite.accounts import site_settings
from sdsite.configuration.logo import SIZES
from sdsite.configuration.page import site

SHARED_TYPES = ["image/png", "image/jpeg", "image/webp"]


@require_safe
@cache_control(private=True, max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """Return the manifest, in the reader's language."""
    start = reverse("studio")
    now = site_settings.current()
    pages = ((_("Studio"), "studio"), (_("Library"), "library"))
    return JsonResponse(
        {
            "name": now.name,
            "short_name": now.name,
            "description": _("Type a prompt, watch the image emerge, keep it in your library."),
            "id": start,
            "start_url": start,
            "scope": start,
            "display": "standalone",
            "lang": get_language(),
            "dir": "rtl" if get_language_bidi() else "ltr",
            "background_color": "#0f1012",
            "theme_color": "#0f1012",
            "icons": _icons(now.logo),
            "shortcuts": [{"name": name, "url": reverse(page)} for name, page in pages],
            "share_target": {
                "action": reverse("shared_image"),
                "method": "POST",
                "enctype": "multipart/form-data",
                "params": {"files": [{"name": "image", "accept": SHARED_TYPES}]},
            },
        },
        content_type="application/manifest+json",
    )


def _icons(logo: str) -> list[dict[str, Any]]:
    """Return the icons: the site's own logo where it has one."""
    if logo:
        sizes = ((side, logo_url(logo, side)) for side in SIZES)
        return [{"src": url, "sizes": f"{side}x{side}", "type": "image/png", "purpose": "any"} for side, url in sizes]
    return [
        _icon("icons/icon-192.png", 192, "any"),
        _icon("icons/icon-512.png", 512, "any"),
        _icon("icons/maskable-512.png", 512, "maskable"),
        {"src": static("favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
    ]


def _icon(name: str, size: int, purpose: str) -> dict[str, Any]:
    return {"src": static(name), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker; it lies here because a worker serves the pages below its own address.

    It keeps the offline page and what that needs, nothing else: no page of a person, no answer of an API. Its text has
    the name and the icon of the site, so that browsers install it anew, and fetch that page again, when they change.
    """
    named = site(request)
    kept = [
        reverse("offline"),
        static("css/site.css"),
        static("js/lib/theme.js"),
        str(named["site_icon"]),
        static("icons.svg"),
    ]
    known = f"self.kept = {json.dumps(kept)};\nself.siteName = {json.dumps(named['this_site'].name)};\n"
    text = f"{known}importScripts({json.dumps(static('js/lib/service_worker.js'))});\n"
    return HttpResponse(text, content_type="text/javascript")


@require_safe
@cache_control(no_cache=True)
def offline(request: HttpRequest) -> HttpResponse:
    """Show what the service worker shows where the site cannot be reached; no word of a person in it."""
    return render(None, "offline.html", site(request))
