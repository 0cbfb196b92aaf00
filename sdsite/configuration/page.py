"""What the templates of all pages say of the site: name, logo, announcement, maintenance."""

from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.functional import SimpleLazyObject

from generation.serializers.site import SiteOut, serialize_site

COOKIE = "announcement_read"  # of visitors; js/site/banner.js sets it
_last = SiteOut(name="sdsite", logo_url=None, announcement=None, maintenance=None)


def site(request: HttpRequest) -> dict[str, Any]:
    """Return `this_site` and what of it the reader dismissed; the database is asked where a template uses them."""
    return {
        **_named(SimpleLazyObject(_document)),
        "dismissed": SimpleLazyObject(lambda: _dismissed_by(request)),
    }


def last_known() -> dict[str, Any]:
    """Return `this_site` as this process has read it last, without asking a database that may be away."""
    return _named(SimpleLazyObject(lambda: _last))


def _named(document: Any) -> dict[str, Any]:
    return {"this_site": document, "site_icon": SimpleLazyObject(lambda: document.logo_url or static("favicon.svg"))}


def _document() -> SiteOut:
    """Return the document; the last one that this process has read where the database does not answer."""
    global _last
    try:
        _last = serialize_site()
    except (OperationalError, InterfaceError):
        return _last
    return _last


def _dismissed_by(request: HttpRequest) -> str:
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return str(user.preferences.get("announcement_read", ""))
    return request.COOKIES.get(COOKIE, "")
