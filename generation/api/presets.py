"""Router of styles, presets and wildcards."""

import uuid
from typing import Annotated, Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from generation import presets
from generation.models import Preset, Style, Wildcard
from generation.models.saved import LONGEST_NAME, Saved
from generation.saved_covers import LOOKED_AT, covers
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.scopes import require_scope
from sdsite.core.schemas import StrictModel

router = Router(tags=["Saved"])

Row = TypeVar("Row", bound=Saved)
Covers = Annotated[
    bool, Query(alias="covers", description=f"Also look for covers, among your {LOOKED_AT} newest images.")
]


class StyleIn(StrictModel):
    """A style to keep."""

    name: str = Field(description=f"1 to {LONGEST_NAME} characters, unique for its owner.", examples=["ink"])
    prompt: str = Field("", description="{prompt} stands for the user's own.", examples=["{prompt}, ink drawing"])
    negative_prompt: str = ""
    shared: bool = Field(False, description="For everybody; needs staff with the permission, a key also `admin`.")


class StyleChange(StrictModel):
    """Changes of a style; fields left out stay."""

    name: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    shared: bool | None = None


class PresetIn(StrictModel):
    """A preset to keep."""

    name: str = Field(description=f"1 to {LONGEST_NAME} characters, unique for its owner.", examples=["quick draft"])
    parameters: dict[str, Any] = Field(
        description="Parameters of a request.", examples=[{"steps": 8, "sampler": "euler_a"}]
    )
    shared: bool = Field(False, description="For everybody; needs staff with the permission, a key also `admin`.")


class PresetChange(StrictModel):
    """Changes of a preset; fields left out stay."""

    name: str | None = None
    parameters: dict[str, Any] | None = None
    shared: bool | None = None


class SavedOut(BaseModel):
    """Fields that styles and presets share."""

    id: uuid.UUID
    name: str
    shared: bool = Field(description="Whether all users may use it.")
    changeable: bool = Field(description="Whether the authenticated user may change and delete it.")
    cover_url: str | None = Field(
        None, description="Thumbnail of your newest image that was made with it; null: none, or not asked for."
    )


class StyleOut(SavedOut):
    """A style as it is kept."""

    prompt: str
    negative_prompt: str


class PresetOut(SavedOut):
    """A preset as it is kept."""

    parameters: dict[str, Any]


class WildcardOut(BaseModel):
    """A wildcard that prompts may name."""

    name: str = Field(description="Written as __name__ in a prompt.")
    entries: int


def _represent(request: HttpRequest, row: Style | Preset, cover: str | None = None) -> Any:
    changeable = not row.is_shared or presets.may_change(type(row), get_credentials(request))
    base = {"id": row.pk, "name": row.name, "shared": row.is_shared, "changeable": changeable, "cover_url": cover}
    if isinstance(row, Style):
        return StyleOut(**base, prompt=row.prompt, negative_prompt=row.negative_prompt)
    return PresetOut(**base, parameters=row.parameters)


def _listed(request: HttpRequest, kind: type[Style] | type[Preset], *, with_covers: bool) -> list[Any]:
    require_scope(request, "read")
    rows: list[Any] = list(kind.objects.visible_to(request.user))
    found = covers(rows, get_credentials(request).user) if with_covers else {}
    return [_represent(request, row, found.get(row.pk)) for row in rows]


def _seen(request: HttpRequest, kind: type[Row], pk: uuid.UUID) -> Row:
    require_scope(request, "write")
    return get_object_or_404(kind.objects.visible_to(request.user), pk=pk)  # type: ignore[attr-defined]


def _kept(request: HttpRequest, response: HttpResponse, kind: type[Style] | type[Preset], body: StrictModel) -> Any:
    require_scope(request, "write")
    fields = body.model_dump()
    row = presets.create(kind, credentials=get_credentials(request), shared=fields.pop("shared"), fields=fields)
    name = str(kind._meta.model_name)
    response["Location"] = reverse(f"api:{name}", args=[row.pk])
    return Status(201, _represent(request, row))


def _changed(request: HttpRequest, row: Style | Preset, body: StrictModel) -> Any:
    fields = body.model_dump(exclude_none=True)
    shared = fields.pop("shared", None)
    row = presets.change(row, credentials=get_credentials(request), fields=fields, shared=shared)
    return _represent(request, row)


def _removed(request: HttpRequest, row: Saved) -> HttpResponse:
    presets.delete(row, credentials=get_credentials(request))
    return HttpResponse(status=204)


@router.get("/styles", response=list[StyleOut], operation_id="list_styles", summary="List styles")
def list_styles(request: HttpRequest, with_covers: Covers = False) -> list[StyleOut]:
    """Return own styles, then shared ones, by name; `styles` of a request names them. Needs the scope `read`."""
    return _listed(request, Style, with_covers=with_covers)


@router.post("/styles", response={201: StyleOut}, operation_id="create_style", summary="Save a style")
def create_style(request: HttpRequest, body: StyleIn, response: HttpResponse) -> Status[StyleOut]:
    """Keep words to lay over prompts. Needs the scope `write`."""
    return _kept(request, response, Style, body)


@router.patch(
    "/styles/{style_id}", response=StyleOut, operation_id="change_style", url_name="style", summary="Change a style"
)
def change_style(request: HttpRequest, style_id: uuid.UUID, body: StyleChange) -> StyleOut:
    """Change a style; fields left out stay. Needs the scope `write`."""
    return _changed(request, _seen(request, Style, style_id), body)


@router.delete("/styles/{style_id}", response={204: None}, operation_id="delete_style", summary="Delete a style")
def delete_style(request: HttpRequest, style_id: uuid.UUID) -> HttpResponse:
    """Delete a style; images generated with it stay. Needs the scope `write`."""
    return _removed(request, _seen(request, Style, style_id))


@router.get("/presets", response=list[PresetOut], operation_id="list_presets", summary="List presets")
def list_presets(request: HttpRequest, with_covers: Covers = False) -> list[PresetOut]:
    """Return own presets, then shared ones, by name. Needs the scope `read`."""
    return _listed(request, Preset, with_covers=with_covers)


@router.post("/presets", response={201: PresetOut}, operation_id="create_preset", summary="Save a preset")
def create_preset(request: HttpRequest, body: PresetIn, response: HttpResponse) -> Status[PresetOut]:
    """Save some parameters under a name. Needs the scope `write`."""
    return _kept(request, response, Preset, body)


@router.patch(
    "/presets/{preset_id}",
    response=PresetOut,
    operation_id="change_preset",
    url_name="preset",
    summary="Change a preset",
)
def change_preset(request: HttpRequest, preset_id: uuid.UUID, body: PresetChange) -> PresetOut:
    """Change a preset; fields left out stay, `parameters` are replaced whole. Needs the scope `write`."""
    return _changed(request, _seen(request, Preset, preset_id), body)


@router.delete("/presets/{preset_id}", response={204: None}, operation_id="delete_preset", summary="Delete a preset")
def delete_preset(request: HttpRequest, preset_id: uuid.UUID) -> HttpResponse:
    """Delete a preset. Needs the scope `write`."""
    return _removed(request, _seen(request, Preset, preset_id))


@router.get("/wildcards", response=list[WildcardOut], operation_id="list_wildcards", summary="List wildcards")
def list_wildcards(request: HttpRequest) -> list[WildcardOut]:
    """Return the names that prompts may use as `__name__`, and how many entries each has. Needs the scope `read`."""
    require_scope(request, "read")
    rows = Wildcard.objects.enabled().values_list("name", "entries")
    return [WildcardOut(name=name, entries=entries) for name, entries in rows]
