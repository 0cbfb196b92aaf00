"""Pictures as AUTOMATIC1111 sends them: bare base64, data: URLs and addresses; and as it wants them: bare base64."""

import base64
import binascii

from django.core.files.storage import default_storage
from django.http import Http404

from gallery.actions.uploads import most_bytes
from gallery.models import Image, Upload
from sdsite.api.compat.sdapi.responses import refuse

_SCHEMES = ("data:", "http://", "https://")


def reference(text: str) -> str:
    """Return a picture as a wish names it; what has none of the schemes is base64."""
    return text if text[:8].lower().startswith(_SCHEMES) else f"data:image/png;base64,{text}"


def decode_bytes(text: str, field: str) -> bytes:
    """Return the file inside of base64 or of a data: URL.

    Raises:
        JobRefused: `invalid_parameters`, it is none, or longer than a picture may be.
    """
    body = text.partition(",")[2] if text[:5].lower() == "data:" else text
    if not body or len(body) > most_bytes() * 2:
        raise refuse(field, f"{field} must be a picture as base64, of at most {most_bytes() / 1e6:g} MB")
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise refuse(field, f"{field} must be a picture as base64: {error}") from error


def read_file(row: Image | Upload) -> bytes:
    """Return the file of a picture that the caller was already allowed to see.

    Raises:
        Http404: it is gone.
    """
    try:
        with default_storage.open(row.file) as file:
            data: bytes = file.read()
    except OSError as error:
        raise Http404("The file of this image is missing.") from error
    return data


def encoded(data: bytes) -> str:
    """Return a file as bare base64."""
    return base64.b64encode(data).decode()
