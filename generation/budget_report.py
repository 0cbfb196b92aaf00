"""How somebody's budget looks to everybody outside: the studio and /api/v1/me share this shape."""

from dataclasses import asdict
from datetime import datetime

from pydantic import BaseModel, Field

from generation.jobs.submission.quota import get_budget, get_key_budget
from generation.limits import Limits


class LimitsOut(BaseModel):
    """What one may ask for; null: no limit."""

    most_queued: int | None = Field(description="Jobs that may wait at once.")
    most_running: int | None = Field(description="Jobs that may run at once; more of them wait.")
    most_images: int | None = Field(description="Images in one job.")
    most_pixels: int | None = Field(description="Pixels of one image: width x height.")
    most_steps: int | None = Field(description="Steps of one image.")
    most_seconds_a_day: int | None = Field(description="Accelerator seconds in any 24 hours.")
    checkpoints: list[str] | None = Field(description="Slugs one may use; null: every one that is offered.")


class UsedOut(BaseModel):
    """What own jobs hold and used."""

    queued: int
    running: int
    seconds: float = Field(description="Accelerator seconds of jobs that ended in the last 24 hours.")
    seconds_expected: float = Field(description="Accelerator seconds that unfinished jobs should take.")


class RemainingOut(BaseModel):
    """What is left of the limits; null: no limit."""

    queued: int | None
    running: int | None
    seconds: float | None


class BudgetOut(BaseModel):
    """Limits of one's role, what is used and what is left of them."""

    limits: LimitsOut
    used: UsedOut
    remaining: RemainingOut
    resets_at: datetime | None = Field(description="When the first used seconds come back; null: none are gone.")


def serialize_budget(user_id: int, limits: Limits) -> BudgetOut:
    """Return somebody's `limits`, use and rest at this moment."""
    budget = get_budget(user_id, limits)
    use = budget.use
    most = {name: value for name, value in asdict(limits).items() if name.startswith("most_")}
    return BudgetOut(
        limits=LimitsOut(**most, checkpoints=None if limits.checkpoints is None else sorted(limits.checkpoints)),
        used=UsedOut(
            queued=use.queued,
            running=use.running,
            seconds=round(use.seconds, 1),
            seconds_expected=round(use.expected, 1),
        ),
        remaining=RemainingOut(queued=budget.queued, running=budget.running, seconds=budget.seconds),
        resets_at=budget.resets_at,
    )


class KeyUsedOut(BaseModel):
    """Accelerator seconds of a key's jobs."""

    seconds: float = Field(description="Of jobs that ended in the last 24 hours.")
    seconds_expected: float = Field(description="That unfinished ones should take.")


class KeyRemainingOut(BaseModel):
    """What is left of a key's budget; null: no limit."""

    seconds: float | None


class KeyBudgetOut(BaseModel):
    """What a key's jobs used, and what is left of its own budget."""

    used: KeyUsedOut
    remaining: KeyRemainingOut
    resets_at: datetime | None = Field(description="When the first used seconds come back; null: none are gone.")


def serialize_key_budget(key_id: int, limits: Limits) -> KeyBudgetOut:
    """Return use and rest of the key that somebody with `limits` came with."""
    budget = get_key_budget(key_id, limits)
    return KeyBudgetOut(
        used=KeyUsedOut(seconds=round(budget.use.seconds, 1), seconds_expected=round(budget.use.expected, 1)),
        remaining=KeyRemainingOut(seconds=budget.seconds),
        resets_at=budget.resets_at,
    )
