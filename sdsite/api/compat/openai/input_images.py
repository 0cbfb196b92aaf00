"""Input images of edits and variations: stored as uploads of the caller, the mask converted to the site's own kind."""

import io
import re
from collections.abc import Mapping
from typing import Any

from PIL import Image as Pillow
from PIL import ImageChops

from gallery.actions.uploads import UploadRefused, most_bytes, store_upload
from gallery.imaging.decode_limits import reserve_pixels
from gallery.imaging.open_image import UnusableImage, open_image
from gallery.models import Upload
from generation.errors import JobRefused
from generation.image_settings import settings_of_file
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import User
from sdsite.api.compat.openai.multipart import Files
from sdsite.api.compat.openai.requests import (
    FIDELITY_STRENGTH,
    MASKED_STRENGTH,
    VARIATION_PROMPT,
    VARIATION_STRENGTH,
    ImagesRequest,
)

OPAQUE = (255, 255)
_TAGS = re.compile(r"<[^<>]*>")  # LoRA tags and the like, of weights that only another site may have
KNOWN = {"edit": ("image", "mask"), "variation": ("image",)}


def build_presets(kind: str, asked: ImagesRequest, files: Files, credentials: Credentials) -> dict[str, Any]:
    """Store the files of a request as uploads and return the native fields that they stand for.

    Args:
        kind: "edit" or "variation".
        asked: the other fields of the request.
        files: by field.
        credentials: those of the request; their user gets the uploads.

    Raises:
        JobRefused: `invalid_parameters`, an image is missing, unusable or in an unknown field; `uploads_full` (403).
    """
    for name in files:
        if name not in KNOWN[kind]:
            raise _invalid(name, f"{name} is not understood; the files are {' and '.join(KNOWN[kind])}")
    if "image" not in files:
        raise _invalid("image", "image is required: a PNG, JPEG or WebP file")
    image = files["image"]
    owner = credentials.user
    with reserve_pixels(*files.values(), person=owner.pk):
        if kind == "variation":
            return {**_variation(image, credentials), "init_image": _keep("image", image, owner)}
        return _edit(asked, image, files.get("mask"), owner)


def _edit(asked: ImagesRequest, image: bytes, mask: bytes | None, owner: User) -> dict[str, Any]:
    """Return the fields of an edit: it inpaints the mask, else the image's transparent parts, else all of the image."""
    init_image = _keep("image", image, owner)
    if mask is not None:
        mask_image = _keep("mask", mask_from_alpha(mask), owner)
        return {"init_image": init_image, "mask_image": mask_image, "strength": MASKED_STRENGTH}
    if _open("image", image).mode == "RGBA":
        return {"init_image": init_image, "mask_image": init_image, "strength": MASKED_STRENGTH}
    return {"init_image": init_image, "strength": FIDELITY_STRENGTH.get(asked.input_fidelity or "")}


def _variation(image: bytes, credentials: Credentials) -> Mapping[str, Any]:
    """Return strength and prompts of a variation: the prompts in the image's metadata, else a neutral prompt.

    A variation comes without a prompt, and no checkpoint generates without one.
    """
    try:
        found = settings_of_file(image, credentials).parameters
    except JobRefused:
        found = {}
    plain = {name: _TAGS.sub("", str(found.get(name, ""))).strip() for name in ("prompt", "negative_prompt")}
    prompts = {name: text for name, text in plain.items() if text}
    return {"prompt": VARIATION_PROMPT, "strength": VARIATION_STRENGTH, **prompts}


def mask_from_alpha(data: bytes) -> bytes:
    """Return a native mask as a PNG: white (inpainted) where the image in `data` is transparent.

    Raises:
        JobRefused: `invalid_parameters`, it is no usable image, or nothing of it is transparent.
    """
    pil_image = _open("mask", data)
    if pil_image.mode != "RGBA" or pil_image.getchannel("A").getextrema() == OPAQUE:
        raise _invalid("mask", "mask must be transparent where the image is to be inpainted; nothing of it is")
    buffer = io.BytesIO()
    ImageChops.invert(pil_image.getchannel("A")).save(buffer, "PNG")
    return buffer.getvalue()


def _open(name: str, data: bytes) -> Pillow.Image:
    try:
        return open_image(data, most_bytes=most_bytes())
    except UnusableImage as error:
        raise _invalid(name, f"{name}: {error}") from error


def _keep(name: str, data: bytes, owner: User) -> str:
    try:
        upload: Upload = store_upload(owner=owner, data=data)
    except UploadRefused as refused:
        if refused.code == "invalid_parameters":
            raise _invalid(name, f"{name}: {refused.message}") from refused
        raise JobRefused(refused.code, refused.message, fields={name: refused.message}, status=403) from refused
    return upload.reference


def _invalid(name: str, sentence: str) -> JobRefused:
    return JobRefused("invalid_parameters", sentence, fields={name: sentence})
