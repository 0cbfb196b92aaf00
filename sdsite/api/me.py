"""Who am I, says the door."""

from dataclasses import asdict
from datetime import datetime

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from generation.jobs.budget import budget_of
from generation.jobs.roles import limits_of
from sdsite.accounts.scopes import key_of, scopes_of

router = Router(tags=["Account"])


class KeyOut(BaseModel):
    """The key that the request came in with."""

    name: str
    expires_at: datetime | None


class JobCounts(BaseModel):
    """Own jobs that are not finished."""

    queued: int
    running: int


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


class MeOut(BaseModel):
    """Whose name the request acts in, what it may do, what is under way, and what is left."""

    username: str
    email: str
    is_staff: bool
    scopes: list[str]
    key: KeyOut | None
    jobs: JobCounts
    limits: LimitsOut
    used: UsedOut
    remaining: RemainingOut
    resets_at: datetime | None = Field(description="When the first used seconds come back; null: none are gone.")


@router.get("/me", response=MeOut, operation_id="get_me", summary="Who am I?")
def get_me(request: HttpRequest) -> MeOut:
    """Return the account, the key's scopes (all of them for a session), jobs under way, limits and what is left."""
    user, key = request.user, key_of(request)
    limits = limits_of(user.pk)  # type: ignore[arg-type]
    budget = budget_of(user.pk, limits)  # type: ignore[arg-type]
    use = budget.use
    most = {name: value for name, value in asdict(limits).items() if name.startswith("most_")}
    return MeOut(
        username=user.get_username(),
        email=user.email,  # type: ignore[union-attr]
        is_staff=user.is_staff,
        scopes=scopes_of(request),
        key=KeyOut(name=key.name, expires_at=key.expires_at) if key else None,
        jobs=JobCounts(queued=use.queued, running=use.running),
        limits=LimitsOut(**most, checkpoints=sorted(limits.checkpoints) or None),
        used=UsedOut(
            queued=use.queued,
            running=use.running,
            seconds=round(use.seconds, 1),
            seconds_expected=round(use.expected, 1),
        ),
        remaining=RemainingOut(queued=budget.queued, running=budget.running, seconds=budget.seconds),
        resets_at=budget.resets_at,
    )
