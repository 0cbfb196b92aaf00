"""Admin pages that images and uploads have in common: thumbnail, dimensions and file size."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.decorators import display

from gallery.models import Image, Upload
from sdsite.accounts.admin_base import ReadOnlyAdmin


def thumbnail_html(row: Image | Upload, css_class: str) -> SafeString:
    """Return a row's thumbnail as HTML in `css_class`, as large as the list or page leaves room for.

    That of an image under review is blurred: whoever has to look at it opens the file.
    """
    if isinstance(row, Image):
        if row.quarantined_at:
            css_class += " sdsite-veiled"
        route, alt = "image_thumbnail", Truncator(row.prompt).chars(120) or "Image"
    else:
        route, alt = "api:get_upload_thumbnail", "Upload"
    address = reverse(route, args=[row.pk])
    return format_html('<img class="{}" src="{}" alt="{}" loading="lazy">', css_class, address, alt)


class StoredFileAdmin(ReadOnlyAdmin):
    """Administer rows that have a file and a thumbnail; `file_route` names the view that serves the file."""

    file_route = ""

    @display(description="Image")
    def small(self, row: Any) -> SafeString:
        """The thumbnail, for the list."""
        return thumbnail_html(row, "sdsite-thumbnail")

    @display(description="Image")
    def large(self, row: Any) -> SafeString:
        """The thumbnail with a link to the whole file."""
        address = reverse(self.file_route, args=[row.pk])
        return format_html('<a href="{}">{}</a>', address, thumbnail_html(row, "sdsite-image"))

    @display(description="Size", ordering="width")
    def dimensions(self, row: Any) -> str:
        """Width and height in pixels."""
        return f"{row.width} × {row.height}"

    @display(description="File size", ordering="size_bytes")
    def megabytes(self, row: Any) -> str:
        """Bytes of the stored file in kB."""
        return f"{row.size_bytes / 1000:,.1f} kB"
