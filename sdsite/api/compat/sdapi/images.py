"""Image encodings of AUTOMATIC1111's API: bare base64, data: URLs and addresses in, bare base64 out."""

import base64
import binascii

from gallery.actions.uploads import most_bytes
from sdsite.api.compat.sdapi.responses import refuse

_SCHEMES = ("data:", "http://", "https://")


def reference(text: str) -> str:
    """Return the value of `init_image` and the like for an image of a request; text without a scheme is base64."""
    return text if text[:8].lower().startswith(_SCHEMES) else f"data:image/png;base64,{text}"


def decode_bytes(text: str, field: str) -> bytes:
    """Return the file encoded in base64 or in a data: URL.

    Raises:
        JobRefused: `invalid_parameters`, it is no base64, or longer than an image may be.
    """
    body = text.partition(",")[2] if text[:5].lower() == "data:" else text
    if not body or len(body) > most_bytes() * 2:
        raise refuse(field, f"{field} must be an image as base64, of at most {most_bytes() / 1e6:g} MB")
    try:
        return base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise refuse(field, f"{field} must be an image as base64: {error}") from error


def encoded(data: bytes) -> str:
    """Return a file as bare base64."""
    return base64.b64encode(data).decode()
