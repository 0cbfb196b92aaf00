"""The prompts that a user wrote last, each once, for the list beside the studio's prompt."""

from datetime import datetime

from pydantic import BaseModel

from generation.models import Job
from sdsite.accounts.models import User

SEARCHED_JOBS = 5_000  # the newest; older ones are found by the library's search
WINDOW = 500  # rows in memory at once
WITHOUT_PROMPTS = (Job.Source.VERIFY, Job.Source.CALIBRATE)


class PastPromptOut(BaseModel):
    """A prompt, and when it was last used."""

    prompt: str
    used_at: datetime


def past_prompts(user: User, *, search: str, most: int) -> list[PastPromptOut]:
    """Return up to `most` distinct prompts of the newest jobs that hold all words of `search`, newest first."""
    words = search.casefold().split()
    jobs = Job.objects.visible_to(user).order_by("-created_at", "-id")
    found: dict[str, datetime] = {}
    rows = jobs.values_list("prompt", "source", "created_at")[:SEARCHED_JOBS]
    for prompt, source, created_at in rows.iterator(chunk_size=WINDOW):
        if not prompt or prompt in found or source in WITHOUT_PROMPTS:
            continue
        if words and not all(word in prompt.casefold() for word in words):
            continue
        found[prompt] = created_at
        if len(found) == most:
            break
    return [PastPromptOut(prompt=prompt, used_at=used_at) for prompt, used_at in found.items()]
