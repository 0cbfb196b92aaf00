"""Largest request body by address and caller; decided before a body is read.

A body up to STRANGER_BYTES is read whoever sends it. For a longer one the caller must be known, by a usable API key or
a session, and the address decides.
"""

import re
from collections.abc import Callable, Mapping

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, parse_cookie
from django.utils.datastructures import CaseInsensitiveMapping

from gallery.actions import uploads as images
from generation.checkpoints import cover_image
from generation.checkpoints import uploads as weights
from sdsite.accounts import api_keys
from sdsite.accounts.authentication import key_in
from sdsite.accounts.models import User
from sdsite.configuration import logo
from sdsite.middleware.proxies import path_in_site

STRANGER_BYTES = 64 * 1024
PLAIN_BYTES = 2**20  # of forms, and of JSON at addresses that take no images
MESSAGE_BYTES = 16 * 2**20
AROUND = 64 * 1024  # that a form may have around its files

Most = Callable[[], int]


def _with_images() -> int:
    """Return the bytes of a body of JSON with images in it."""
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)


def _one_image() -> int:
    return images.most_bytes() + AROUND


def _edit() -> int:
    """Return the bytes of an image and a mask as a form, or of a body of JSON with images in it."""
    return max(2 * images.most_bytes() + AROUND, _with_images())


def _weights() -> int:
    return weights.most_bytes() + weights.FORM_BYTES


def _cover() -> int:
    return cover_image.MOST_BYTES + PLAIN_BYTES


def _logo() -> int:
    return logo.MOST_BYTES


def _message() -> int:
    """Return the bytes of a message of MCP: with an image as a data: URL, which is kept while the job is waited for."""
    return min(MESSAGE_BYTES, _with_images())


# Path -> the bytes that members may send there; the first that matches is used. PLAIN_BYTES everywhere else.
MEMBERS: tuple[tuple[re.Pattern[str], Most], ...] = (
    (re.compile(r"/api/v1/(uploads|settings-of)/?"), _one_image),
    (re.compile(r"/api/v1/jobs/?"), _with_images),
    (re.compile(r"/(api/)?upload/(image|mask)"), _one_image),
    (re.compile(r"/v1/images/(edits|variations)/?"), _edit),
    (re.compile(r"/(v1|sdapi/v1)/.*"), _with_images),
    (re.compile(r"/(api/)?prompt"), _with_images),
    (re.compile(r"/(generate|img2img)"), _with_images),
    (re.compile(r"/mcp"), _message),
)
STAFF: tuple[tuple[re.Pattern[str], Most], ...] = (
    (re.compile(r"/api/v1/admin/settings/logo"), _logo),
    (re.compile(r"/admin/generation/checkpoint/upload/"), _weights),
    (re.compile(r"/admin/.*"), _cover),
)


def find_limit(path: str, headers: Mapping[str, str]) -> int:
    """Return the bytes that a request to `path` may send, by who its headers show. Reads the database."""
    user = find_caller(headers)
    if user is None:
        return STRANGER_BYTES
    path = path_in_site(path, settings.ROOT_PATH)
    doors = (*STAFF, *MEMBERS) if user.is_staff else MEMBERS
    return next((most() for pattern, most in doors if pattern.fullmatch(path)), PLAIN_BYTES)


def find_caller(headers: Mapping[str, str]) -> User | None:
    """Return the user of the API key or session in the headers; None for strangers and for a wrong key."""
    named = CaseInsensitiveMapping(headers)
    raw = key_in(named)
    if raw is not None:
        key = api_keys.authenticate(raw)
        return key.owner if key else None
    session = parse_cookie(named.get("Cookie", "")).get(settings.SESSION_COOKIE_NAME)
    if not session:
        return None
    request = HttpRequest()
    request.session = SessionStore(session)
    user = get_user(request)
    return user if isinstance(user, User) else None
