"""Who am I, says the door."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel

from generation.budgets import BudgetOut, represent_budget
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


class MeOut(BudgetOut):
    """Whose name the request acts in, what it may do, what is under way, and what is left."""

    username: str
    email: str
    is_staff: bool
    scopes: list[str]
    key: KeyOut | None
    jobs: JobCounts


@router.get("/me", response=MeOut, operation_id="get_me", summary="Who am I?")
def get_me(request: HttpRequest) -> MeOut:
    """Return the account, the key's scopes (all of them for a session), jobs under way, limits and what is left."""
    user, key = request.user, key_of(request)
    budget = represent_budget(user.pk, limits_of(user.pk))  # type: ignore[arg-type]
    return MeOut(
        username=user.get_username(),
        email=user.email,  # type: ignore[union-attr]
        is_staff=user.is_staff,
        scopes=scopes_of(request),
        key=KeyOut(name=key.name, expires_at=key.expires_at) if key else None,
        jobs=JobCounts(queued=budget.used.queued, running=budget.used.running),
        **dict(budget),
    )
