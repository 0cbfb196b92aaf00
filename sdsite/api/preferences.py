"""API router of what pages keep for a person on every device: keys of shortcuts, and hints that were read."""

from typing import Annotated

from django.db import transaction
from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field, StringConstraints

from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.models import User
from sdsite.accounts.scopes import require_scope
from sdsite.core.schemas import StrictModel

router = Router(tags=["Account"])

MOST_SHORTCUTS = 100

ShortcutId = Annotated[str, StringConstraints(pattern=r"^[a-z]{1,20}(\.[a-z]{1,20})?$")]
# One or two presses, each with its modifiers before the key: "$mod+k", "g l". Empty: the shortcut has no keys.
Keys = Annotated[
    str, StringConstraints(max_length=60, pattern=r"^([^\s<>\x00-\x1f]{1,30}( [^\s<>\x00-\x1f]{1,28})?)?$")
]
Shortcuts = Annotated[dict[ShortcutId, Keys], Field(max_length=MOST_SHORTCUTS)]
EXAMPLE = {"palette": "$mod+p", "go.library": ""}


class PreferencesOut(BaseModel):
    """What pages keep for a person."""

    shortcuts: dict[str, str] = Field(description="Keys by shortcut, of those that were changed.", examples=[EXAMPLE])
    hints_read: bool = Field(description="Whether the hints of the first visit were read or dismissed.")
    announcement_read: str = Field(description="Id of the announcement that was dismissed last; empty: none.")


class PreferencesIn(StrictModel):
    """Changes of preferences; fields left out stay."""

    shortcuts: Shortcuts | None = Field(
        None, description="Keys by shortcut, in place of all former ones; {} resets them.", examples=[EXAMPLE]
    )
    hints_read: bool | None = Field(None, description="false shows the hints again.")
    announcement_read: Annotated[str, StringConstraints(pattern=r"^[0-9.]{0,32}$")] | None = Field(
        None, description="Id of an announcement that is not to be shown again.", examples=["1764500000.000000"]
    )


@router.get("/me/preferences", response=PreferencesOut, operation_id="get_preferences", summary="Get preferences")
def get_preferences(request: HttpRequest) -> PreferencesOut:
    """Return what pages keep for you. Needs the scope `read`."""
    require_scope(request, "read")
    return _represent(get_credentials(request).user)


@router.patch(
    "/me/preferences", response=PreferencesOut, operation_id="change_preferences", summary="Change preferences"
)
def change_preferences(request: HttpRequest, body: PreferencesIn) -> PreferencesOut:
    """Change what pages keep for you; fields left out stay. Needs the scope `write`."""
    require_scope(request, "write")
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=get_credentials(request).user.pk)
        user.preferences = {**user.preferences, **body.model_dump(exclude_none=True)}
        User.objects.filter(pk=user.pk).update(preferences=user.preferences)
    return _represent(user)


def _represent(user: User) -> PreferencesOut:
    kept = user.preferences
    return PreferencesOut(
        shortcuts=kept.get("shortcuts", {}),
        hints_read=kept.get("hints_read", False),
        announcement_read=kept.get("announcement_read", ""),
    )
