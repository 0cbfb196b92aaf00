"""Safety check of every generated image, before it is stored or shown.

A setting of the site chooses the checker, and the owner's roles decide what happens to flagged images. No request can
change either.
"""

import io
import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from PIL import Image as Pillow

from generation.errors import GenerationError
from generation.limits import get_safety_policy
from generation.models import Job, RoleLimits
from generation.worker.lease import Lease

if TYPE_CHECKING:
    from generation.pipelines.safety import Checker

logger = logging.getLogger(__name__)

Safety = RoleLimits.Safety

REFUSED = ("refused_by_safety", "The site's safety checker refused every image of this job.")
CHECKER_FAILED = "The site's safety checker does not work, and no image is shown unchecked; ask an administrator."
_PREVIEW_PIXELS = 8  # longest side to which a preview is scaled down to blur it
_IMAGE_PIXELS = 16

_lock = threading.Lock()
_loaded: dict[str, "Checker | None"] = {}


@dataclass(frozen=True)
class SafetyVerdict:
    """Verdict on one image: `image` is what is stored, `action` a Safety value, "" if the image is not flagged.

    `facts` go into the image's row: checker, score, labels, action; empty if the site has no checker.
    """

    image: Pillow.Image
    action: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def is_on() -> bool:
    """Tell whether the site has a checker."""
    return settings.ENV["SDSITE_SAFETY"] not in ("", "none")


def checker() -> "Checker | None":
    """Return the site's checker, loaded once in each process; None if it has none.

    Raises:
        GenerationError: `safety_failed`, it cannot be loaded.
    """
    if not is_on():
        return None
    from generation.pipelines import safety  # it imports torch: seconds that a worker spends after it is listed

    setting = settings.ENV["SDSITE_SAFETY"]
    with _lock:
        if setting not in _loaded:
            try:
                _loaded[setting] = safety.load_checker(setting)
            except safety.CheckerUnavailable as error:
                logger.error("%s", error)  # tried again for the next image: it may be installed by then
                raise GenerationError("safety_failed", CHECKER_FAILED) from error
        return _loaded[setting]


def look_up_policy(lease: Lease) -> None:
    """Set the policy of the lease: what happens to flagged images of its owner; may be repeated."""
    if is_on() and lease.policy is None:
        lease.policy = get_safety_policy(lease.job.owner_id)


def blur_preview(lease: Lease, jpeg: bytes) -> bytes:
    """Return a preview as its owner may see it: blurred, as the image is not checked yet, unless all are allowed."""
    return jpeg if not is_on() or lease.policy == Safety.ALLOW else _blur_jpeg(jpeg)


def as_stored(verdict: SafetyVerdict, jpeg: bytes) -> bytes:
    """Return a preview that is kept with an image: blurred where the image is."""
    return _blur_jpeg(jpeg) if verdict.action == Safety.BLUR else jpeg


def check_image(lease: Lease, image: Pillow.Image) -> SafetyVerdict:
    """Check a finished image and apply the owner's policy.

    Raises:
        GenerationError: `safety_failed`, the checker does not work. Nothing is stored then.
    """
    loaded = checker()
    if loaded is None:
        return SafetyVerdict(image)
    look_up_policy(lease)
    try:
        [verdict] = loaded.check([image])
    except Exception as error:  # whatever failed, an unchecked image is not stored
        logger.exception("job %s: the safety checker failed", lease.pk)
        raise GenerationError("safety_failed", CHECKER_FAILED) from error
    flagged = verdict.score >= settings.ENV["SDSITE_SAFETY_THRESHOLD"]
    action = str(lease.policy) if flagged else ""
    facts = {
        "checker": loaded.name,
        "score": round(verdict.score, 4),
        "labels": list(verdict.labels),
        "action": action,
    }
    if flagged:
        logger.info("job %s: an image was flagged (%.2f, %s): %s", lease.pk, verdict.score, facts["labels"], action)
    return SafetyVerdict(blur(image) if action == Safety.BLUR else image, action, facts)


def refuse(lease: Lease, index: int) -> None:
    """Record that image `index` was refused, unless the lease is lost; it is not generated again."""
    job = lease.job
    with transaction.atomic():
        rows = Job.objects.select_for_update().filter(pk=job.pk, attempt=job.attempt, status=Job.Status.RUNNING)
        row = rows.values("dropped", "refused").first()
        if row is None:
            return
        both = {name: sorted({*row[name], index}) for name in ("dropped", "refused")}
        Job.objects.filter(pk=job.pk).update(**both)
    job.refused = both["refused"]


def blur(image: Pillow.Image, pixels: int = _IMAGE_PIXELS) -> Pillow.Image:
    """Return `image` in its size, but only with the detail of `pixels` x `pixels` pixels."""
    small = image.convert("RGB")
    small.thumbnail((pixels, pixels), Pillow.Resampling.BOX)
    return small.resize(image.size, Pillow.Resampling.BICUBIC)


def _blur_jpeg(jpeg: bytes) -> bytes:
    buffer = io.BytesIO()
    with Pillow.open(io.BytesIO(jpeg)) as preview:
        blur(preview, _PREVIEW_PIXELS).save(buffer, "JPEG", quality=70)
    return buffer.getvalue()
