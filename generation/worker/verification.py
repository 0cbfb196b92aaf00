"""Verification: comparison of an image generated again with the stored one."""

import io
import math
from typing import Any

import numpy as np
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image as Pillow

from gallery.imaging import metadata
from gallery.models import Image
from generation.errors import GenerationError
from generation.jobs.lifecycle import owns
from generation.models import ImageCheck, Job
from generation.pipelines.protocol import GeneratedImage

# Parts of a receipt that do not influence the image.
_IGNORED = frozenset({"seconds", "parts"})
# Parts that receipts did not have at first: one that lacks them says nothing about them.
_LATER = frozenset({"precision", "memory_mode", "decoding", "first_decoding", "numerics", "speed"})
_PEAK = 255


def compare(job: Job, generated: GeneratedImage, receipt: dict[str, Any]) -> Image | None:
    """Compare image `generated` and write the result into the job's check; return the stored image.

    None if the lease was lost. Images that only fill the batch are not compared.

    Raises:
        GenerationError: `picture_missing`, the image or its file was deleted meanwhile.
    """
    check = ImageCheck.objects.select_related("image").filter(job=job).first()
    if check is None:
        raise GenerationError("picture_missing", "The image was deleted before it could be compared.")
    if generated.index != check.index:
        return check.image
    stored, repeated = _stored(check.image), _as_stored(generated.image, check.image)
    check.identical = stored.size == repeated.size and stored.tobytes() == repeated.tobytes()
    check.psnr = None if check.identical else psnr(stored, repeated)
    check.compared = "pixels" if check.image.format == Image.Format.PNG else "file"
    check.differences = differences(check.image.receipt, receipt)
    with transaction.atomic():
        if not owns(job.pk, job.attempt):
            return None
        check.save(update_fields=["identical", "psnr", "compared", "differences"])
    return check.image


def psnr(one: Pillow.Image, other: Pillow.Image) -> float:
    """Return the peak signal-to-noise ratio of two RGB images in dB, 10 log10(255^2 / mean squared error).

    0 if their sizes differ; rounded to 0.01.
    """
    if one.size != other.size:
        return 0.0
    error = np.mean((np.asarray(one, np.float64) - np.asarray(other, np.float64)) ** 2)
    return round(10 * math.log10(_PEAK**2 / max(float(error), 1e-10)), 2)


def differences(then: dict[str, Any], now: dict[str, Any], prefix: str = "") -> dict[str, list[Any]]:
    """Return what differs between two receipts, as {dotted name: [then, now]}.

    Empty text is not a difference: a checksum may not have been computed yet. Nor is what an older receipt does not
    say, see `_LATER`.
    """
    found: dict[str, list[Any]] = {}
    for name in sorted(then.keys() | now.keys()):
        if not prefix and (name in _IGNORED or (name in _LATER and name not in then)):
            continue
        old, new = then.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            found |= differences(old, new, f"{prefix}{name}.")
        elif old != new and "" not in (old, new):
            found[f"{prefix}{name}"] = [old, new]
    return found


def _stored(image: Image) -> Pillow.Image:
    try:
        with default_storage.open(image.file) as file, Pillow.open(file) as pil_image:
            return pil_image.convert("RGB")
    except OSError as error:
        raise GenerationError("picture_missing", "The file of the image is missing.") from error


def _as_stored(generated: Pillow.Image, image: Image) -> Pillow.Image:
    """Return a generated image after encoding and decoding it in the format of the stored one."""
    if image.format == Image.Format.PNG:
        return generated.convert("RGB")
    quality = image.parameters.get("quality", 90)
    data = metadata.encode(generated, image_format=image.format, quality=quality, infotext="")
    with Pillow.open(io.BytesIO(data)) as read:
        return read.convert("RGB")
