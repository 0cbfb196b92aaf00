"""API routes of saved searches; the site mounts them at /api/v1."""

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from gallery.models import SavedSearch
from gallery.models.saved_search import LONGEST_NAME, LONGEST_QUERY_STRING
from gallery.search.saved import MOST_SEARCHES, change_search, find_search, save_search
from sdsite.accounts.scopes import require_scope
from sdsite.core.schemas import StrictModel

router = Router(tags=["Searches"])

_NAME = f"1 to {LONGEST_NAME} characters; each name once."
_QUERY = f"Conditions as `GET /api/v1/images` takes them, at most {LONGEST_QUERY_STRING} characters."


class SavedSearchIn(StrictModel):
    """A search to save."""

    name: str = Field(description=_NAME, examples=["Best foxes"])
    query: str = Field(description=_QUERY, examples=["q=fox&min_rating=4"])


class SavedSearchChange(StrictModel):
    """Changes to a saved search; fields left out stay as they are."""

    name: str | None = Field(None, description=_NAME, examples=["Best foxes"])
    query: str | None = Field(None, description=_QUERY, examples=["q=fox&min_rating=4"])


class SavedSearchOut(BaseModel):
    """A saved search."""

    id: uuid.UUID
    name: str = Field(examples=["Best foxes"])
    query: str = Field(description="Query string of its conditions.", examples=["q=fox&min_rating=4"])
    created_at: datetime


def _represent(search: SavedSearch) -> SavedSearchOut:
    return SavedSearchOut(id=search.pk, name=search.name, query=search.query, created_at=search.created_at)


@router.get(
    "/searches", response=list[SavedSearchOut], operation_id="list_searches", summary="List your saved searches"
)
def list_searches(request: HttpRequest) -> list[SavedSearchOut]:
    """Return your saved searches by name; there are 100 at most. Needs the scope `read`."""
    require_scope(request, "read")
    return [_represent(search) for search in SavedSearch.objects.owned_by(request.user)[:MOST_SEARCHES]]


@router.post("/searches", response={201: SavedSearchOut}, operation_id="save_search", summary="Save a search")
def create_search(request: HttpRequest, body: SavedSearchIn) -> Status[SavedSearchOut]:
    """Save the conditions of a search under a name. Needs the scope `write`."""
    require_scope(request, "write")
    return Status(201, _represent(save_search(owner=request.user, name=body.name, query=body.query)))


@router.patch(
    "/searches/{search_id}", response=SavedSearchOut, operation_id="change_search", summary="Change a saved search"
)
def patch_search(request: HttpRequest, search_id: uuid.UUID, body: SavedSearchChange) -> SavedSearchOut:
    """Rename one of your saved searches, or give it other conditions. Needs the scope `write`."""
    require_scope(request, "write")
    search = find_search(request.user, search_id)
    return _represent(change_search(search=search, name=body.name, query=body.query))


@router.delete(
    "/searches/{search_id}", response={204: None}, operation_id="delete_search", summary="Delete a saved search"
)
def delete_search(request: HttpRequest, search_id: uuid.UUID) -> HttpResponse:
    """Delete one of your saved searches; images stay. Needs the scope `write`."""
    require_scope(request, "write")
    owner: Any = request.user
    find_search(owner, search_id).delete()
    return HttpResponse(status=204)
