"""API router of the caller's own account: limits, budget and jobs."""

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from generation.budget_report import BudgetOut, KeyBudgetOut, serialize_budget, serialize_key_budget
from generation.limits import Limits, limits_for
from generation.models import Job
from generation.usage import SourceUseOut, use_by_source
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.models import ApiKey
from sdsite.accounts.scopes import get_scopes
from sdsite.accounts.serializers import KeyOut, serialize_key

router = Router(tags=["Account"])


class OwnKeyOut(KeyOut, KeyBudgetOut):
    """The key of the request, the GPU time that its jobs used, and what is left of its own budget."""


class JobCounts(BaseModel):
    """Counts of own unfinished jobs."""

    queued: int
    running: int


class MeOut(BudgetOut):
    """The user of the request: scopes, unfinished jobs, limits and budget."""

    username: str
    email: str
    is_staff: bool
    scopes: list[str]
    key: OwnKeyOut | None
    jobs: JobCounts
    sources: list[SourceUseOut] = Field(description="Use of the last 24 hours by source, the most GPU time first.")


@router.get("/me", response=MeOut, operation_id="get_me", summary="Get the own account")
def get_me(request: HttpRequest) -> MeOut:
    """Return the account, its scopes (for a session all that the user may have), unfinished jobs, limits and budget.

    `limits.checkpoints` are those that both role and key allow; `key` has its own limits and what is left of them.
    """
    credentials = get_credentials(request)
    user, key, limits = credentials.user, credentials.key, limits_for(credentials)
    budget = serialize_budget(user.pk, limits)
    return MeOut(
        username=user.get_username(),
        email=user.email,
        is_staff=user.is_staff,
        scopes=get_scopes(request),
        key=_own_key(key, limits) if key else None,
        jobs=JobCounts(queued=budget.used.queued, running=budget.used.running),
        sources=use_by_source(Job.objects.visible_to(user)),
        **dict(budget),
    )


def _own_key(key: ApiKey, limits: Limits) -> OwnKeyOut:
    return OwnKeyOut(**serialize_key(key).model_dump(), **dict(serialize_key_budget(key.pk, limits)))
