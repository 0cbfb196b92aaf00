"""The pictures of an edit or a variation: kept as uploads of the caller, the mask turned into one of ours."""

import io
import re
from collections.abc import Mapping
from typing import Any

from PIL import Image as Pillow
from PIL import ImageChops

from gallery.actions.uploads import UploadRefused, keep_upload, most_bytes
from gallery.imaging.decode_limits import room_for
from gallery.imaging.open_image import UnusableImage, open_image
from gallery.models import Upload
from generation.errors import JobRefused
from generation.image_settings import settings_of_file
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
_TAGS = re.compile(r"<[^<>]*>")  # of LoRA and the like, which another site may have had
KNOWN = {"edit": ("image", "mask"), "variation": ("image",)}


def build_presets(kind: str, order: ImagesRequest, files: Files, owner: User) -> dict[str, Any]:
    """Return what the files of a request mean in our fields; keeps the pictures.

    Args:
        kind: "edit" or "variation".
        order: the request's words.
        files: by field.
        owner: whose uploads they become.

    Raises:
        JobRefused: `invalid_parameters`, a picture is missing, unusable or unknown here; `uploads_full` (403).
    """
    for name in files:
        if name not in KNOWN[kind]:
            raise _refusal(name, f"{name} is not understood; the files are {' and '.join(KNOWN[kind])}")
    if "image" not in files:
        raise _refusal("image", "image is required: a PNG, JPEG or WebP file")
    image = files["image"]
    with room_for(*files.values()):
        if kind == "variation":
            return {**_variation(image, owner), "init_image": _kept("image", image, owner)}
        return _edit(order, image, files.get("mask"), owner)


def _edit(order: ImagesRequest, image: bytes, mask: bytes | None, owner: User) -> dict[str, Any]:
    """Return the picture and what of it is drawn anew: as the mask says, else its own transparent parts, else all."""
    init_image = _kept("image", image, owner)
    if mask is not None:
        mask_image = _kept("mask", mask_from_alpha(mask), owner)
        return {"init_image": init_image, "mask_image": mask_image, "strength": MASKED_STRENGTH}
    if _opened("image", image).mode == "RGBA":
        return {"init_image": init_image, "mask_image": init_image, "strength": MASKED_STRENGTH}
    return {"init_image": init_image, "strength": FIDELITY_STRENGTH.get(order.input_fidelity or "")}


def _variation(image: bytes, owner: User) -> Mapping[str, Any]:
    """Return the prompt that the picture was made with, where it says so itself, and one that says nothing elsewhere.

    A variation comes without a prompt, and no checkpoint draws without one.
    """
    try:
        found = settings_of_file(image, owner).parameters
    except JobRefused:
        found = {}
    told = {name: _TAGS.sub("", str(found.get(name, ""))).strip() for name in ("prompt", "negative_prompt")}
    prompts = {name: text for name, text in told.items() if text}
    return {"prompt": VARIATION_PROMPT, "strength": VARIATION_STRENGTH, **prompts}


def mask_from_alpha(data: bytes) -> bytes:
    """Return a mask of ours as a PNG: white, drawn anew, where the picture in `data` is transparent.

    Raises:
        JobRefused: `invalid_parameters`, it is no usable picture, or nothing of it is transparent.
    """
    picture = _opened("mask", data)
    if picture.mode != "RGBA" or picture.getchannel("A").getextrema() == OPAQUE:
        raise _refusal("mask", "mask must be transparent where the image is to be drawn anew; nothing of it is")
    buffer = io.BytesIO()
    ImageChops.invert(picture.getchannel("A")).save(buffer, "PNG")
    return buffer.getvalue()


def _opened(name: str, data: bytes) -> Pillow.Image:
    try:
        return open_image(data, most_bytes=most_bytes())
    except UnusableImage as error:
        raise _refusal(name, f"{name}: {error}") from error


def _kept(name: str, data: bytes, owner: User) -> str:
    try:
        upload: Upload = keep_upload(owner=owner, data=data)
    except UploadRefused as refused:
        if refused.code == "invalid_parameters":
            raise _refusal(name, f"{name}: {refused.message}") from refused
        raise JobRefused(refused.code, refused.message, fields={name: refused.message}, status=403) from refused
    return upload.reference


def _refusal(name: str, sentence: str) -> JobRefused:
    return JobRefused("invalid_parameters", sentence, fields={name: sentence})
