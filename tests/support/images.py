"""Pictures as people send them."""

import io

from PIL import Image as Pillow


def picture(colour="red", size=(64, 48), mode="RGB"):
    """Return a plain picture."""
    return Pillow.new(mode, size, colour)


def encoded(image=None, kind="PNG", **options):
    """Return `image` (a red one by default) as the bytes of a file."""
    buffer = io.BytesIO()
    (image or picture()).save(buffer, kind, **options)
    return buffer.getvalue()


def upload_of(owner, image=None):
    """Return a kept upload of `owner`."""
    from gallery.actions.uploads import store_upload

    return store_upload(owner=owner, data=encoded(image))
