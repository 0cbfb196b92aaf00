"""The safety step: every picture is judged here before it is stored, and nothing is shown before.

Which checker, is the site's setting; what becomes of what it objects to, is the policy of the owner's roles. No
request and no door has a say in it.
"""

import io
import logging
import threading
from collections.abc import Callable, Mapping
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

REFUSED = ("refused_by_safety", "The site's safety checker refused every picture of this job.")
CHECKER_FAILED = "The site's safety checker does not work, and nothing is shown unchecked; an administrator is needed."
_VEILED_PREVIEW = 8  # pixels of the longest side that are left of a preview
_VEILED_PICTURE = 16

_lock = threading.Lock()
_loaded: dict[str, "Checker | None"] = {}


@dataclass(frozen=True)
class SafetyVerdict:
    """What becomes of one picture: `picture` is what is stored, `action` a Safety value, or "" where nothing happens.

    `facts` go into the image's row: checker, score, labels, action; empty where no checker looked.
    """

    picture: Pillow.Image
    action: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def is_on() -> bool:
    """Tell whether the site has a checker."""
    return settings.ENV["SDSITE_SAFETY"] not in ("", "none")


def checker() -> "Checker | None":
    """Return the site's checker, loaded once for each process; None where it has none.

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
                logger.error("%s", error)  # tried again with the next picture: it may be installed by then
                raise GenerationError("safety_failed", CHECKER_FAILED) from error
        return _loaded[setting]


def look_up_policy(lease: Lease) -> None:
    """Note in the lease what becomes of pictures of its owner that the checker objects to; may be called again."""
    if is_on() and lease.policy is None:
        lease.policy = get_safety_policy(lease.job.owner_id)


def blur_preview(lease: Lease, jpeg: bytes) -> bytes:
    """Return a preview as its owner may see it: only a haze of colours while nobody has judged the picture."""
    return jpeg if not is_on() or lease.policy == Safety.ALLOW else _veil_jpeg(jpeg)


def check_image(lease: Lease, picture: Pillow.Image) -> SafetyVerdict:
    """Return what becomes of a finished picture.

    Raises:
        GenerationError: `safety_failed`, the checker does not work. Nothing is stored then.
    """
    judging = checker()
    if judging is None:
        return SafetyVerdict(picture)
    look_up_policy(lease)
    try:
        [verdict] = judging.check([picture])
    except Exception as error:  # whatever it is, an unjudged picture is not stored
        logger.exception("job %s: the safety checker failed", lease.pk)
        raise GenerationError("safety_failed", CHECKER_FAILED) from error
    objects = verdict.score >= settings.ENV["SDSITE_SAFETY_THRESHOLD"]
    action = str(lease.policy) if objects else ""
    facts = {
        "checker": judging.name,
        "score": round(verdict.score, 4),
        "labels": list(verdict.labels),
        "action": action,
    }
    if objects:
        logger.info("job %s: the checker objects (%.2f, %s): %s", lease.pk, verdict.score, facts["labels"], action)
    return SafetyVerdict(_DONE.get(action, _as_it_is)(picture), action, facts)


def refuse(lease: Lease, index: int) -> None:
    """Write down that image `index` is not to be had, if the lease still holds; it is not drawn again."""
    job = lease.job
    with transaction.atomic():
        rows = Job.objects.select_for_update().filter(pk=job.pk, attempt=job.attempt, status=Job.Status.RUNNING)
        row = rows.values("dropped", "refused").first()
        if row is None:
            return
        both = {name: sorted({*row[name], index}) for name in ("dropped", "refused")}
        Job.objects.filter(pk=job.pk).update(**both)
    job.refused = both["refused"]


def blur(picture: Pillow.Image, left: int = _VEILED_PICTURE) -> Pillow.Image:
    """Return a picture of the same size of which only `left` x `left` pixels' worth of colour remains."""
    small = picture.convert("RGB")
    small.thumbnail((left, left), Pillow.Resampling.BOX)
    return small.resize(picture.size, Pillow.Resampling.BICUBIC)


def _veil_jpeg(jpeg: bytes) -> bytes:
    buffer = io.BytesIO()
    with Pillow.open(io.BytesIO(jpeg)) as picture:
        blur(picture, _VEILED_PREVIEW).save(buffer, "JPEG", quality=70)
    return buffer.getvalue()


def _as_it_is(picture: Pillow.Image) -> Pillow.Image:
    return picture


_DONE: Mapping[str, Callable[[Pillow.Image], Pillow.Image]] = {Safety.BLUR: blur}
