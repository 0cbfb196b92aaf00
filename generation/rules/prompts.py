"""Prompts of a request before the rules of the site, whichever API it came by."""

from gallery.rules import hits
from gallery.rules.engine import Judgement, TooLong
from gallery.rules.judge import judge_prompt
from generation.errors import JobRefused
from generation.parameters.per_image import generated_images
from generation.parameters.schema import ResolvedParameters

REFUSED = "A rule of this site refuses this prompt"
TOO_LONG = "The rules of this site could not be checked in time; ask for fewer images or shorter prompts."
RETRY_SECONDS = 30


def judge_request(resolved: ResolvedParameters, *, user_id: int, door: str | None) -> Judgement:
    """Return the judgement on the prompts of every image, as they are generated; record it once the job is stored.

    A refusal is recorded here under `door`, the source of the job; None records nothing.

    Raises:
        JobRefused: `refused_by_rule` (403), or `unavailable` (503, judging took too long).
    """
    images = [image for _, image in generated_images(resolved)]
    prompts, negatives = (image.prompt for image in images), (image.negative_prompt for image in images)
    try:
        judgement = judge_prompt(user_id=user_id, prompts=prompts, negatives=negatives)
    except TooLong as error:
        raise JobRefused("unavailable", TOO_LONG, status=503, retry_after=RETRY_SECONDS) from error
    if judgement.decision == "refuse":
        if door is not None:
            hits.record_refusal(judgement, user_id=user_id, door=door)
        message = f"{REFUSED}: {judgement.reason}" if judgement.reason else f"{REFUSED}."
        raise JobRefused("refused_by_rule", message, fields={"prompt": message}, status=403)
    return judgement
