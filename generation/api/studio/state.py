"""Router of the state of one's studio: the settings of its form and its open folds."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from generation.studio_state import FORM_EXAMPLE, NOT_KEPT, StudioStateOut, keep_state, read_state, serialize_state
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.scopes import require_scope
from sdsite.core.schemas import StrictModel

router = Router(tags=["Studio"])

MOST_FOLDS = 40
Fold = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


class StudioStateIn(StrictModel):
    """The state to keep; it replaces the former one whole."""

    form: dict[str, Any] = Field(
        description=f"Parameters of a request, at most 50,000 characters as JSON; without {', '.join(NOT_KEPT)}.",
        examples=[FORM_EXAMPLE],
    )
    folds: list[Fold] = Field(
        max_length=MOST_FOLDS, description="Names of the open folds: lower-case letters.", examples=[["advanced"]]
    )


@router.get("/studio/state", response=StudioStateOut, operation_id="get_studio_state", summary="Get the studio's state")
def get_state(request: HttpRequest) -> StudioStateOut:
    """Return the settings and open folds that one's studio starts with. Needs the scope `read`."""
    require_scope(request, "read")
    return serialize_state(read_state(get_credentials(request).user))


@router.put(
    "/studio/state", response=StudioStateOut, operation_id="keep_studio_state", summary="Keep the studio's state"
)
def put_state(request: HttpRequest, body: StudioStateIn) -> StudioStateOut:
    """Replace the settings and open folds that one's studio starts with; the last write wins.

    Needs the scope `write`.
    """
    require_scope(request, "write")
    return serialize_state(keep_state(owner=get_credentials(request).user, form=body.form, folds=body.folds))
