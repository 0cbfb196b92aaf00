"""API router of the user's own keys: list, create, change, revoke. Mounted below /api/v1.

All operations need a session or a key with the scope `admin`, so that a stolen key cannot create others.
"""

from typing import Annotated, Any, Literal, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sdsite.accounts.api_keys import MOST_CHECKPOINTS, MOST_SECONDS, change_key, create_key, revoke_key
from sdsite.accounts.models import SCOPES, ApiKey, User
from sdsite.accounts.scopes import get_key, require_scope
from sdsite.accounts.serializers import KeyOut, serialize_key
from sdsite.core import pagination

router = Router(tags=["Keys"])

SCOPE = "admin"
Scope = Literal["generate", "read", "write", "moderate", "admin"]
EXAMPLES = {
    "laptop": {"summary": "Generate and read images", "value": {"name": "Laptop", "scopes": ["generate", "read"]}},
    "bot": {
        "summary": "For a bot: one checkpoint, ten minutes of GPU time a day, with an expiry",
        "value": {
            "name": "Bot",
            "scopes": ["generate", "read"],
            "checkpoints": ["starter"],
            "seconds_a_day": 600,
            "expires_at": "2030-12-31T23:59:59Z",
        },
    },
}


class KeyIn(BaseModel):
    """Fields of a new key."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100, description="Its purpose.")]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES), description="Its permissions.")]
    expires_at: AwareDatetime | None = Field(None, description="When it expires; null: never.")
    seconds_a_day: Annotated[int, Field(ge=1, le=MOST_SECONDS)] | None = Field(
        None, description="GPU seconds of its jobs in any 24 hours; null: the limit of your role alone."
    )
    checkpoints: Annotated[list[str], Field(max_length=MOST_CHECKPOINTS)] = Field(
        [], description="Slugs of the checkpoints it may use; empty: all that you may use."
    )


class KeyPatch(BaseModel):
    """Changes of a key; null removes the expiry or the budget, an empty list of checkpoints allows all."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(None, description="Its purpose.")
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES))] | None = Field(
        None, description="All its permissions from now on."
    )
    expires_at: AwareDatetime | None = Field(None, description="When it expires; null: never.")
    seconds_a_day: Annotated[int, Field(ge=1, le=MOST_SECONDS)] | None = Field(
        None, description="GPU seconds of its jobs in any 24 hours; null: the limit of your role alone."
    )
    checkpoints: Annotated[list[str], Field(max_length=MOST_CHECKPOINTS)] | None = Field(
        None, description="Slugs of the checkpoints it may use; empty or null: all that you may use."
    )

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent; null changes nothing of what cannot be empty."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        kept = {name for name in ("name", "scopes") if sent.get(name) is None}
        sent = {name: value for name, value in sent.items() if name not in kept}
        return {**sent, "checkpoints": sent["checkpoints"] or []} if "checkpoints" in sent else sent


class NewKeyOut(KeyOut):
    """A new key with its whole text."""

    key: str = Field(description="The whole key, shown only here.")


class KeyPage(BaseModel):
    """A page of keys, newest first; `next` is the cursor of the next page, null on the last."""

    items: list[KeyOut]
    next: str | None


@router.get("/keys", response=KeyPage, operation_id="list_keys", summary="List own keys")
def list_keys(
    request: HttpRequest,
    usable: Annotated[bool, Query(description="Only keys that are neither revoked nor expired.")] = False,
    limit: Annotated[
        int, Query(ge=1, le=pagination.MOST_ITEMS, description="Most items of a page.")
    ] = pagination.DEFAULT_ITEMS,
    cursor: Annotated[str | None, Query(description="The `next` of the previous page.")] = None,
) -> KeyPage:
    """Return your keys without their secrets, newest first, a page at a time. Needs the scope `admin`, or a session."""
    require_scope(request, SCOPE)
    keys = ApiKey.objects.visible_to(request.user)  # type: ignore[arg-type]
    page = pagination.page(keys.usable() if usable else keys, limit=limit, cursor=cursor)
    return KeyPage(items=[serialize_key(key) for key in page.items], next=page.next)


@router.post(
    "/keys",
    response={201: NewKeyOut},
    operation_id="create_key",
    summary="Create a key",
    openapi_extra={"requestBody": {"content": {"application/json": {"examples": EXAMPLES}}}},
)
def make_key(request: HttpRequest, body: KeyIn, response: HttpResponse) -> Status[NewKeyOut]:
    """Create a key of your own; the whole key is in this response and nowhere else.

    A key that creates another gives it no more than it has: some of its scopes, expiring no later. A key with limits of
    its own creates none. Needs the scope `admin`, or a session.
    """
    require_scope(request, SCOPE)
    key, whole = create_key(owner=request.user, made_with=get_key(request), **body.model_dump())  # type: ignore[arg-type]
    response["Location"] = reverse("api:get_key", args=[key.pk])
    response["Cache-Control"] = "no-store"
    return Status(201, NewKeyOut(key=whole, **serialize_key(key).model_dump()))


@router.get("/keys/{int:key_id}", response=KeyOut, operation_id="get_key", url_name="get_key", summary="Get a key")
def show_key(request: HttpRequest, key_id: int) -> KeyOut:
    """Return one of your keys: scopes, limits, last use. Needs the scope `admin`, or a session."""
    require_scope(request, SCOPE)
    return serialize_key(_own(request, key_id))


@router.patch("/keys/{int:key_id}", response=KeyOut, operation_id="change_key", summary="Change a key")
def patch_key(request: HttpRequest, key_id: int, body: KeyPatch) -> KeyOut:
    """Change one of your keys; fields left out stay as they are. It acts so from its next request on.

    With a key, no key gets more than that key has. Needs the scope `admin`, or a session.
    """
    require_scope(request, SCOPE)
    key, actor = _own(request, key_id), cast(User, request.user)
    return serialize_key(change_key(key=key, actor=actor, made_with=get_key(request), **body.changes()))


@router.delete("/keys/{int:key_id}", response={204: None}, operation_id="revoke_key", summary="Revoke a key")
def delete_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """Revoke one of your keys for good; it stays in the list. Needs the scope `admin`, or a session."""
    require_scope(request, SCOPE)
    revoke_key(key=_own(request, key_id), actor=request.user)  # type: ignore[arg-type]
    return HttpResponse(status=204)


def _own(request: HttpRequest, key_id: int) -> ApiKey:
    return get_object_or_404(ApiKey.objects.visible_to(request.user), pk=key_id)  # type: ignore[arg-type]
