"""Images as resources: sdsite://images/ID is the file, sdsite://images/ID/thumbnail a small copy."""

import re
import uuid
from dataclasses import dataclass

from django.http import Http404

from gallery.models import Image
from sdsite.accounts.scopes import require_scope
from sdsite.api.compat.mcp.answers import HOST, SIDE, Shown, image_uri, show_image
from sdsite.api.compat.mcp.calls import Call
from sdsite.core import pagination

LONGEST_DESCRIPTION = 200
MOST_LISTED = 50
_URI = re.compile(re.escape(HOST) + r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(/thumbnail)?")

# (address, name, description, MIME type)
TEMPLATES = (
    (f"{HOST}{{id}}", "image", "The file of an image, as it was stored.", None),
    (f"{HOST}{{id}}/thumbnail", "thumbnail", f"A copy of at most {SIDE} pixels on its longest side.", "image/webp"),
)


@dataclass(frozen=True)
class Listed:
    """An image in the list of resources."""

    uri: str
    name: str
    description: str
    mime_type: str
    size: int


def list_images(call: Call, cursor: str | None) -> tuple[list[Listed], str | None]:
    """Return a page of the images of the caller's library, the newest first, and the cursor of the next.

    Raises:
        ScopeMissing: the key lacks `read`.
        InvalidCursor: the cursor is none of this site's.
    """
    require_scope(call.request, "read")
    images = Image.objects.owned_by(call.user).kept().viewable()
    page = pagination.page(images, limit=MOST_LISTED, cursor=cursor, order="newest")
    return [_listed(row) for row in page.items], page.next


def _listed(row: Image) -> Listed:
    text = row.prompt[:LONGEST_DESCRIPTION]
    return Listed(image_uri(row.pk), row.download_name, text, row.content_type, row.size_bytes)


def read(call: Call, uri: str) -> Shown:
    """Return the image at `uri`.

    Raises:
        ScopeMissing: the key lacks `read`.
        Http404: there is no such image, or the caller may not see it.
        Quarantined, JobRefused: as `show_image`.
    """
    require_scope(call.request, "read")
    found = _URI.fullmatch(uri)
    if found is None:
        raise Http404
    row = Image.objects.visible_to(call.credentials).filter(pk=uuid.UUID(found[1])).first()
    if row is None:
        raise Http404
    return show_image(call, row, SIDE if found[2] else None)
