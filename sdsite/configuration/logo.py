"""The logo of the site: checked, made square, kept as PNG files in a row, and served at an address of its own."""

import hashlib
import io

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from PIL import Image as Pillow

from gallery.imaging.open_image import open_image
from sdsite.accounts.models import SiteLogo

MOST_BYTES = 2 * 1024 * 1024
SIZES = {512: "large", 192: "small"}  # side -> column


def store_logo(data: bytes) -> str:
    """Keep the image in `data` as the logo, and return its digest, which is the setting `logo`.

    Raises:
        gallery.imaging.open_image.UnusableImage: it is no image, or larger than MOST_BYTES.
    """
    image = open_image(data, most_bytes=MOST_BYTES).convert("RGBA")
    files = {column: _png(image, side) for side, column in SIZES.items()}
    digest = hashlib.sha256(files["large"]).hexdigest()[:16]
    SiteLogo.objects.update_or_create(pk=1, defaults={"digest": digest, **files})
    return digest


@require_safe
@cache_control(public=True, max_age=365 * 86_400, immutable=True)
def site_logo(request: HttpRequest, digest: str, side: int) -> HttpResponse:
    """Return the logo with `digest`, a square PNG of `side` pixels; 404 for one that was replaced."""
    if side not in SIZES:
        raise Http404
    found = SiteLogo.objects.filter(pk=1, digest=digest).values_list(SIZES[side], flat=True).first()
    if found is None:
        raise Http404
    return HttpResponse(bytes(found), content_type="image/png")


def _png(image: Pillow.Image, side: int) -> bytes:
    """Return `image` as large as it fits in the middle of a transparent square."""
    scale = side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    square = Pillow.new("RGBA", (side, side), (0, 0, 0, 0))
    square.paste(image.resize(size, Pillow.Resampling.LANCZOS), ((side - size[0]) // 2, (side - size[1]) // 2))
    file = io.BytesIO()
    square.save(file, "PNG", optimize=True)
    return file.getvalue()
