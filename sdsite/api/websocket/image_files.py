"""Files of finished images, for sockets that carry them."""

import uuid

from django.core.files.storage import default_storage

from gallery.models import Image
from sdsite.accounts.models import User


def read_file(user: User, image_id: uuid.UUID | str) -> bytes | None:
    """Return the file of an image; None where `user` may not see it, it is held back, or the file is gone."""
    image = Image.objects.visible_to(user).filter(pk=image_id).first()
    if image is None or image.is_withheld_from(user):
        return None
    try:
        with default_storage.open(image.file) as file:
            data: bytes = file.read()
    except OSError:
        return None
    return data
