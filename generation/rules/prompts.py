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


class RefusedByRule(JobRefused):
    """A rule refuses a prompt. `record` stores that; it is for callers whose transaction was rolled back by it."""

    def __init__(self, judgement: Judgement, *, user_id: int, door: str | None) -> None:
        """Build the sentence for people from the rule's public reason."""
        message = f"{REFUSED}: {judgement.reason}" if judgement.reason else f"{REFUSED}."
        super().__init__("refused_by_rule", message, fields={"prompt": message}, status=403)
        self._judgement, self._user_id, self._door = judgement, user_id, door

    def record(self) -> None:
        """Store the refusal, once; nothing for a dry run."""
        if self._door is not None:
            hits.record_refusal(self._judgement, user_id=self._user_id, door=self._door)


def judge_request(resolved: ResolvedParameters, *, user_id: int, door: str | None) -> Judgement:
    """Return the judgement on the prompts of every image, as they are generated; record it once the job is stored.

    A refusal is recorded here under `door`, the source of the job; None records nothing.

    Raises:
        RefusedByRule: `refused_by_rule` (403).
        JobRefused: `unavailable` (503, judging took too long).
    """
    images = [image for _, image in generated_images(resolved)]
    prompts, negatives = (image.prompt for image in images), (image.negative_prompt for image in images)
    try:
        judgement = judge_prompt(user_id=user_id, prompts=prompts, negatives=negatives)
    except TooLong as error:
        raise JobRefused("unavailable", TOO_LONG, status=503, retry_after=RETRY_SECONDS) from error
    if judgement.decision == "refuse":
        refused = RefusedByRule(judgement, user_id=user_id, door=door)
        refused.record()
        raise refused
    return judgement
