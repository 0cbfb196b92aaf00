"""Trial of a rule before it holds: on a text, and on what was asked for, generated or published lately."""

import time
import uuid
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from gallery.models import Image
from gallery.rules.content import RuleContent
from gallery.rules.engine import ActiveRule, Facts, Match, decide
from generation.models import Job
from generation.parameters.nested import REPLACE
from sdsite.accounts import site_settings
from sdsite.accounts.models import User

LOOKED_BACK = timedelta(days=30)
MOST_ROWS = 20_000  # the newest
MOST_SECONDS = 10.0
MOST_EXAMPLES = 20
_BATCH = 500
_LONGEST_TEXT = 300


@dataclass(frozen=True)
class Example:
    """One thing that the rule would have matched."""

    user_id: int
    at: datetime
    matched: str
    text: str
    job_id: uuid.UUID | None = None
    image_id: uuid.UUID | None = None


@dataclass
class Trial:
    """What a rule would have matched: `looked_at` things, `caught` of them, of so many people, and the newest of them.

    `since` is how far back it looked. `complete` is False where there was more than MOST_ROWS, or than MOST_SECONDS
    allowed.
    """

    since: datetime
    looked_at: int = 0
    caught: int = 0
    people: set[int] = field(default_factory=set)
    examples: list[Example] = field(default_factory=list)
    complete: bool = True

    def add(self, match: Match | None, user_id: int, at: datetime, text: str, **of: Any) -> None:
        """Count one thing of a person, and what matched in it; `of` is the `job_id` or `image_id`."""
        self.looked_at += 1
        if match is None:
            return
        self.caught += 1
        self.people.add(user_id)
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(Example(user_id, at, match.matched, (match.line or text)[:_LONGEST_TEXT], **of))


def try_on_text(content: RuleContent, text: str) -> str | None:
    """Return what a rule for prompts matches in a prompt, whoever it binds; None: nothing."""
    match = _match(content, Facts.of_prompts([text], [], frozenset()))
    return match.matched if match else None


def try_on_past(content: RuleContent) -> Trial:
    """Return what a rule would have matched in the last LOOKED_BACK, among the people whom it binds."""
    return _TRIALS[content.scope](content, timezone.now() - LOOKED_BACK)


def days_of_jobs() -> int:
    """Return how many days back a trial on prompts can look: ended jobs may be kept for less than LOOKED_BACK."""
    kept = site_settings.current().jobs_days
    return min(LOOKED_BACK.days, kept) if kept else LOOKED_BACK.days


def _match(content: RuleContent, facts: Facts) -> Match | None:
    everybody = content.model_copy(update={"roles": (), "enabled": True})
    matches = decide([ActiveRule(0, 0, everybody)], facts).matches
    return matches[0] if matches else None


def _bound(content: RuleContent) -> Callable[[int], bool]:
    if not content.roles:
        return lambda _: True
    members = User.groups.through.objects.filter(group_id__in=content.roles)
    bound = set(members.values_list("user_id", flat=True))
    return bound.__contains__


def _rows(rows: QuerySet[Any], trial: Trial, *columns: str) -> Iterator[tuple[Any, ...]]:
    """Yield (pk, owner, moment, ...) of the newest rows, some hundred at a time, within the bounds of a trial."""
    ends, number, after = time.monotonic() + MOST_SECONDS, 0, Q()
    while True:
        newest = rows.filter(after, created_at__gte=trial.since).order_by("-created_at", "-pk")
        some = list(newest.values_list("pk", "owner_id", "created_at", *columns)[:_BATCH])
        yield from some
        number += len(some)
        if len(some) < _BATCH:
            return
        if number >= MOST_ROWS or time.monotonic() > ends:
            trial.complete, trial.since = False, some[-1][2]
            return
        pk, _, moment = some[-1][:3]
        after = Q(created_at__lt=moment) | Q(created_at=moment, pk__lt=pk)


def _of_jobs(content: RuleContent, since: datetime) -> Trial:
    trial, bound = Trial(max(since, timezone.now() - timedelta(days=days_of_jobs()))), _bound(content)
    for pk, owner_id, moment, parameters in _rows(Job.objects.all(), trial, "parameters"):
        if bound(owner_id):
            prompts, negatives = prompts_of(parameters)
            match = _match(content, Facts.of_prompts(prompts, negatives, frozenset()))
            trial.add(match, owner_id, moment, "", job_id=pk)
    return trial


def prompts_of(parameters: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the prompts and negative prompts of stored parameters, nearly as they are generated.

    Reading them through the schema would take a second for a thousand jobs; cells of a grid are not combined.
    """
    prompts = list(parameters.get("image_prompts") or [parameters.get("prompt") or ""])
    negatives = list(parameters.get("image_negative_prompts") or [parameters.get("negative_prompt") or ""])
    for axis in (parameters.get("grid") or {}).get("axes", ()):
        values = [str(value) for value in axis.get("values", ())]
        if axis.get("field") == "prompt":
            prompts += values
        elif axis.get("field") == "negative_prompt":
            negatives += values
        elif axis.get("field") == REPLACE and values:
            prompts += [prompt.replace(values[0], value) for prompt in prompts[:1] for value in values[1:]]
    return prompts, negatives


def _of_images(content: RuleContent, since: datetime) -> Trial:
    trial, bound = Trial(since), _bound(content)
    for pk, owner_id, moment, safety, prompt in _rows(Image.objects.all(), trial, "safety", "prompt"):
        if bound(owner_id) and "score" in safety:
            match = _match(content, Facts(scores={**safety.get("scores", {}), "": safety["score"]}))
            trial.add(match, owner_id, moment, prompt, image_id=pk)
    return trial


def _of_publications(content: RuleContent, since: datetime) -> Trial:
    """Try a rule for publications on images that are published now, by the time when they were."""
    trial, bound = Trial(since), _bound(content)
    shared = Image.objects.filter(published_at__gte=since).order_by("-published_at", "-pk")
    rows: list[Any] = list(
        shared.values_list("pk", "owner_id", "published_at", "owner__date_joined", "prompt")[: MOST_ROWS + 1]
    )
    if len(rows) > MOST_ROWS:
        trial.complete, trial.since = False, rows[MOST_ROWS - 1][2]
    moments: dict[int, list[datetime]] = defaultdict(list)
    for _, owner_id, moment, *_ in reversed(rows):
        moments[owner_id].append(moment)
    window = timedelta(minutes=content.minutes)
    for pk, owner_id, moment, joined, prompt in rows[:MOST_ROWS]:
        if not bound(owner_id):
            continue
        mine = moments[owner_id]
        number = bisect_right(mine, moment) - bisect_right(mine, moment - window)
        age = max(0.0, (moment - joined).total_seconds() / 86400)
        match = _match(content, Facts(published={content.minutes: number}, age_days=age))
        trial.add(match, owner_id, moment, prompt, image_id=pk)
    return trial


_TRIALS: Mapping[str, Callable[[RuleContent, datetime], Trial]] = {
    "prompt": _of_jobs,
    "checker": _of_images,
    "burst": _of_publications,
    "new_account": _of_publications,
}
