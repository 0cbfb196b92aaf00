"""Who am I, says the door."""

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel

from generation.budget_report import BudgetOut, KeyBudgetOut, serialize_budget, serialize_key_budget
from generation.limits import Limits, limits_for
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.models import ApiKey
from sdsite.accounts.scopes import get_scopes
from sdsite.accounts.serializers import KeyOut, serialize_key

router = Router(tags=["Account"])


class OwnKeyOut(KeyOut, KeyBudgetOut):
    """The key that the request came in with, what its jobs used, and what is left of its own budget."""


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
    key: OwnKeyOut | None
    jobs: JobCounts


@router.get("/me", response=MeOut, operation_id="get_me", summary="Who am I?")
def get_me(request: HttpRequest) -> MeOut:
    """Return the account, scopes (for a session all that its person may have), jobs under way, limits and what is left.

    `limits.checkpoints` are those that the role and the key allow; `key` has its own limits and what is left of them.
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
        **dict(budget),
    )


def _own_key(key: ApiKey, limits: Limits) -> OwnKeyOut:
    return OwnKeyOut(**serialize_key(key).model_dump(), **dict(serialize_key_budget(key.pk, limits)))
