"""Read and keep the state of a user's studio. The last write wins; by `version` a client sees that another wrote."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from pydantic import BaseModel, Field

from generation.errors import JobRefused
from generation.models import StudioState
from generation.models.saved import check_parameters
from sdsite.accounts.models import User

# Left to the tab: its unsent prompt, and what depends on images, which may be deleted by the time another device asks.
NOT_KEPT = ("prompt", "enhanced_from", "init_image", "mask_image", "task", "outpaint", "ip_adapter", "controls")

FORM_EXAMPLE = {"checkpoint": "starter", "width": 128, "height": 128, "steps": 30, "seed": None}


class StudioStateOut(BaseModel):
    """The state of one's studio."""

    form: dict[str, Any] = Field(description="Parameters of a request; empty: none kept.", examples=[FORM_EXAMPLE])
    folds: list[str] = Field(description="Names of the open folds.", examples=[["advanced"]])
    version: int = Field(description="Grows with every change; 0: nothing is kept.", examples=[4])
    changed_at: datetime | None


def read_state(owner: User) -> StudioState:
    """Return the state of the user's studio; an unsaved one of version 0 where none is kept."""
    return StudioState.objects.filter(owner=owner).first() or StudioState(owner=owner)


def keep_state(*, owner: User, form: dict[str, Any], folds: list[str]) -> StudioState:
    """Replace the state of the user's studio; the version stays where nothing changed.

    Raises:
        JobRefused: `invalid_parameters`, a field of the form that is not kept, or a value that no request may have.
    """
    checked = _checked(form)
    with transaction.atomic():
        row, _ = StudioState.objects.select_for_update().get_or_create(owner=owner)
        if (row.form, row.folds) != (checked, folds):
            row.form, row.folds, row.version, row.changed_at = checked, folds, row.version + 1, timezone.now()
            row.save()
    return row


def _checked(form: dict[str, Any]) -> dict[str, Any]:
    for name in NOT_KEPT:
        if name in form:
            message = f"form.{name} is not kept: prompts and images stay in the tab"
            raise JobRefused("invalid_parameters", message, fields={f"form.{name}": message})
    if not form:
        return {}
    try:
        return check_parameters(form)
    except ValidationError as error:
        said = " ".join(error.message_dict["parameters"]).replace("parameters.", "form.")
        raise JobRefused("invalid_parameters", said, fields={"form": said}) from error


def serialize_state(row: StudioState) -> StudioStateOut:
    """Return the serialized state, as the page and the API show it."""
    changed_at = row.changed_at if row.version else None
    return StudioStateOut(form=row.form, folds=row.folds, version=row.version, changed_at=changed_at)
