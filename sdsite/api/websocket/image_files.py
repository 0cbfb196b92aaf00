"""Files of finished images, for websockets that send them."""

import uuid

from django.http import Http404

from gallery import file_responses
from gallery.models import Image
from sdsite.accounts.credentials import Credentials


def read_file(credentials: Credentials, image_id: uuid.UUID | str) -> bytes | None:
    """Return the file of an image; None where `credentials` may not see it, it is under review, or the file is gone."""
    image = Image.objects.visible_to(credentials).filter(pk=image_id).first()
    if image is None or image.is_withheld_from(credentials):
        return None
    try:
        return file_responses.read_file(image, plain=image.hides_settings_from(credentials))
    except Http404:
        return None
