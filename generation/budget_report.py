"""Serialized limits and budget of a user, as the studio and /api/v1/me return them."""

from dataclasses import asdict
from datetime import datetime

from pydantic import BaseModel, Field

from gallery.kept_steps import bytes_of_kept_steps
from generation.jobs.submission.quota import get_budget, get_key_budget
from generation.limits import Limits

_CHOSEN = ("checkpoints", "loras", "tasks", "sources", "speed_modes")


class LimitsOut(BaseModel):
    """Limits of a user; null: no limit."""

    most_queued: int | None = Field(description="Queued jobs at once.")
    most_running: int | None = Field(description="Running jobs at once; further jobs stay queued.")
    most_images: int | None = Field(description="Images in one job.")
    most_pixels: int | None = Field(description="Pixels of one image: width x height.")
    most_steps: int | None = Field(description="Steps of one image.")
    most_kept_steps: int | None = Field(description="Kept previews of steps with one image; 0: none are kept.")
    most_kept_mb: int | None = Field(description="MB that all kept previews of steps may take.")
    most_seconds_a_day: int | None = Field(description="GPU time in any 24 hours, in seconds.")
    checkpoints: list[str] | None = Field(description="Slugs of the allowed checkpoints; null: all that are offered.")
    loras: list[str] | None = Field(description="Slugs of the allowed LoRAs; null: all that are offered.")
    tasks: list[str] | None = Field(description="Allowed tasks; null: all.")
    sources: list[str] | None = Field(
        description="Pages and APIs that may submit jobs, as `source` of a job; null: all."
    )
    speed_modes: list[str] | None = Field(description="Allowed speed modes; null: all.")


class UsedOut(BaseModel):
    """Jobs of the user, and the GPU time they used."""

    queued: int
    running: int
    seconds: float = Field(description="GPU time of jobs that ended in the last 24 hours, in seconds.")
    seconds_expected: float = Field(description="Predicted GPU time of unfinished jobs, in seconds.")
    kept_steps_bytes: int = Field(description="Size of kept previews of steps, also of images in the trash.")


class RemainingOut(BaseModel):
    """Remainder of the limits; null: no limit."""

    queued: int | None
    running: int | None
    seconds: float | None


class BudgetOut(BaseModel):
    """Limits of the user's roles, used and remaining."""

    limits: LimitsOut
    used: UsedOut
    remaining: RemainingOut
    resets_at: datetime | None = Field(
        description="When the first used seconds become available again; null: none are used."
    )


def serialize_budget(user_id: int, limits: Limits) -> BudgetOut:
    """Return the `limits` of a user, and what is used and remains of them now."""
    budget = get_budget(user_id, limits)
    use = budget.use
    most = {name: value for name, value in asdict(limits).items() if name.startswith("most_")}
    return BudgetOut(
        limits=LimitsOut(**most, **{name: _listed(getattr(limits, name)) for name in _CHOSEN}),
        used=UsedOut(
            queued=use.queued,
            running=use.running,
            seconds=round(use.seconds, 1),
            seconds_expected=round(use.expected, 1),
            kept_steps_bytes=bytes_of_kept_steps(user_id),
        ),
        remaining=RemainingOut(queued=budget.queued, running=budget.running, seconds=budget.seconds),
        resets_at=budget.resets_at,
    )


def _listed(allowed: frozenset[str] | None) -> list[str] | None:
    return None if allowed is None else sorted(allowed)


class KeyUsedOut(BaseModel):
    """GPU time of a key's jobs."""

    seconds: float = Field(description="GPU time of jobs that ended in the last 24 hours, in seconds.")
    seconds_expected: float = Field(description="Predicted GPU time of unfinished jobs, in seconds.")


class KeyRemainingOut(BaseModel):
    """Remainder of a key's budget; null: no limit."""

    seconds: float | None


class KeyBudgetOut(BaseModel):
    """Use and remainder of a key's own budget."""

    used: KeyUsedOut
    remaining: KeyRemainingOut
    resets_at: datetime | None = Field(
        description="When the first used seconds become available again; null: none are used."
    )


def serialize_key_budget(key_id: int, limits: Limits) -> KeyBudgetOut:
    """Return use and remainder of the key that `limits` were narrowed by."""
    budget = get_key_budget(key_id, limits)
    return KeyBudgetOut(
        used=KeyUsedOut(seconds=round(budget.use.seconds, 1), seconds_expected=round(budget.use.expected, 1)),
        remaining=KeyRemainingOut(seconds=budget.seconds),
        resets_at=budget.resets_at,
    )
