"""Safety check of every generated image, before it is stored or shown.

A setting of the site chooses the checker; the owner's roles and the rules of the site decide what happens to images,
the strictest of them. No request can change any of these.
"""

import io
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from PIL import Image as Pillow

from gallery.models import Image
from gallery.rules import hits
from gallery.rules.engine import Judgement
from gallery.rules.judge import NOTHING, judge_pixels, may_judge_pixels
from generation.errors import GenerationError
from generation.limits import get_safety_policy
from generation.models import Job, RoleLimits
from generation.worker.lease import Lease

if TYPE_CHECKING:
    from generation.pipelines.safety import Checker

logger = logging.getLogger(__name__)

Safety = RoleLimits.Safety
# Decision of a rule -> what happens to the image.
ACTIONS = {
    "allow": "",
    "notify": "",
    "blur": Safety.BLUR.value,
    "hold": Safety.QUARANTINE.value,
    "refuse": Safety.REFUSE.value,
}
_STRICTER = ["", *Safety.values]  # in order of strictness

REFUSED = ("refused_by_safety", "The site's safety checker refused every image of this job.")
CHECKER_FAILED = "The site's safety checker does not work, and no image is shown unchecked; ask an administrator."
_PREVIEW_PIXELS = 8  # longest side to which a preview is scaled down to blur it
_IMAGE_PIXELS = 16
_MOST_SCORES = 20  # of one image that are kept

_lock = threading.Lock()
_loaded: dict[str, "Checker | None"] = {}


@dataclass(frozen=True)
class SafetyVerdict:
    """Verdict on one image: `image` is what is stored, `action` a Safety value, "" if the image is not flagged.

    `facts` go into the image's row: checker, score, labels, action; empty if the site has no checker and no rule
    decided. `judgement` is that of the rules on the checker's scores, to be recorded.
    """

    image: Pillow.Image
    action: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    judgement: Judgement = NOTHING


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
    """Set what the lease must know of policy and rules: what happens to images of its owner; may be repeated."""
    if lease.policy is not None:
        return
    owner_id = lease.job.owner_id
    lease.by_prompt = ACTIONS[hits.decision_of_job(lease.pk)]
    policy = get_safety_policy(owner_id) if is_on() else ""
    lease.veiled = bool(lease.by_prompt) or (is_on() and (policy != Safety.ALLOW or may_judge_pixels(owner_id)))
    lease.policy = policy


def blur_preview(lease: Lease, jpeg: bytes) -> bytes:
    """Return a preview as its owner may see it: blurred where the image may be kept from them once it is checked."""
    return _blur_jpeg(jpeg) if lease.veiled else jpeg


def as_stored(verdict: SafetyVerdict, jpeg: bytes) -> bytes:
    """Return a preview that is kept with an image: blurred where the image is."""
    return _blur_jpeg(jpeg) if verdict.action == Safety.BLUR else jpeg


def check_image(lease: Lease, image: Pillow.Image) -> SafetyVerdict:
    """Check a finished image and apply the owner's policy and the rules of the site.

    Raises:
        GenerationError: `safety_failed`, the checker does not work. Nothing is stored then.
    """
    look_up_policy(lease)
    loaded = checker()
    if loaded is None:
        by_prompt = {"action": lease.by_prompt} if lease.by_prompt else {}
        return SafetyVerdict(_as_shown(image, lease.by_prompt), lease.by_prompt, by_prompt)
    try:
        [verdict] = loaded.check([image])
    except Exception as error:  # whatever failed, an unchecked image is not stored
        logger.exception("job %s: the safety checker failed", lease.pk)
        raise GenerationError("safety_failed", CHECKER_FAILED) from error
    flagged = verdict.score >= settings.ENV["SDSITE_SAFETY_THRESHOLD"]
    judgement = judge_pixels(user_id=lease.job.owner_id, scores={**verdict.scores, "": verdict.score})
    action = _strictest(str(lease.policy) if flagged else "", ACTIONS[judgement.decision], lease.by_prompt)
    facts = {
        "checker": loaded.name,
        "score": round(verdict.score, 4),
        "labels": list(verdict.labels),
        "scores": _surest(verdict.scores),
        "action": action,
    }
    if action:
        logger.info("job %s: an image was flagged (%.2f, %s): %s", lease.pk, verdict.score, facts["labels"], action)
    return SafetyVerdict(_as_shown(image, action), action, facts, judgement)


def record_hits(lease: Lease, verdict: SafetyVerdict, stored: Image | None) -> None:
    """Store what rules found in an image; call it in the transaction that stores or refuses it."""
    hits.record(verdict.judgement, user_id=lease.job.owner_id, door=hits.PIXELS, job_id=lease.pk, image=stored)


def _surest(scores: Mapping[str, float]) -> dict[str, float]:
    """Return the scores of the surest labels, on which a new rule can be tried."""
    surest = sorted(scores, key=lambda label: -scores[label])[:_MOST_SCORES]
    return {label: round(scores[label], 4) for label in surest}


def _strictest(*actions: str) -> str:
    return max(actions, key=_STRICTER.index)


def _as_shown(image: Pillow.Image, action: str) -> Pillow.Image:
    return blur(image) if action == Safety.BLUR else image


def refuse(lease: Lease, index: int, verdict: SafetyVerdict | None = None) -> None:
    """Record that image `index` was refused, unless the lease is lost; it is not generated again."""
    job = lease.job
    with transaction.atomic():
        rows = Job.objects.select_for_update().filter(pk=job.pk, attempt=job.attempt, status=Job.Status.RUNNING)
        row = rows.values("dropped", "refused").first()
        if row is None:
            return
        both = {name: sorted({*row[name], index}) for name in ("dropped", "refused")}
        Job.objects.filter(pk=job.pk).update(**both)
        if verdict is not None and index not in row["refused"]:
            record_hits(lease, verdict, None)
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
