"""API routes of the order and the members of a collection; the site mounts them at /api/v1."""

import uuid

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel, Field

from gallery.actions.collection_sharing import MOST_ORDERED, remove_member, set_member, set_order
from gallery.api.collections import own_collection, seen_collection
from gallery.models import CollectionItem
from sdsite.accounts.models import User
from sdsite.accounts.scopes import require_scope
from sdsite.core.schemas import StrictModel

router = Router(tags=["Collections"])


class CollectionOrderIn(StrictModel):
    """The order of a collection's images."""

    ids: list[uuid.UUID] = Field(max_length=MOST_ORDERED, description="These come first, in this order.")


class OrderedOut(BaseModel):
    """Number of images that were put first."""

    ordered: int = Field(examples=[12])


class MemberIn(StrictModel):
    """What a member may do."""

    may_add: bool = Field(False, description="Whether they may add images of their own.")


class MemberOut(BaseModel):
    """A person with whom a collection is shared."""

    username: str
    may_add: bool


@router.put(
    "/collections/{collection_id}/order",
    response=OrderedOut,
    operation_id="order_collection",
    summary="Put the images of a collection in an order",
)
def order_collection(request: HttpRequest, collection_id: uuid.UUID, body: CollectionOrderIn) -> OrderedOut:
    """Put images of one of your collections first, in this order; the others follow as they were.

    Needs the scope `write`.
    """
    require_scope(request, "write")
    return OrderedOut(ordered=set_order(collection=own_collection(request, collection_id), ids=body.ids))


@router.get(
    "/collections/{collection_id}/members",
    response=list[MemberOut],
    operation_id="list_collection_members",
    summary="List the members of a collection",
)
def list_collection_members(request: HttpRequest, collection_id: uuid.UUID) -> list[MemberOut]:
    """Return the people with whom you share one of your collections, by name. Needs the scope `read`."""
    require_scope(request, "read")
    members = own_collection(request, collection_id).members.select_related("user").order_by("user__username")
    return [MemberOut(username=one.user.username, may_add=one.may_add) for one in members]


@router.put(
    "/collections/{collection_id}/members/{username}",
    response=MemberOut,
    operation_id="set_collection_member",
    summary="Share a collection with a person",
)
def set_collection_member(request: HttpRequest, collection_id: uuid.UUID, username: str, body: MemberIn) -> MemberOut:
    """Let a person of this site see one of your collections, and add their images if they may.

    Needs the scope `write`.
    """
    require_scope(request, "write")
    member = set_member(collection=own_collection(request, collection_id), username=username, may_add=body.may_add)
    return MemberOut(username=username, may_add=member.may_add)


@router.delete(
    "/collections/{collection_id}/members/{username}",
    response={204: None},
    operation_id="remove_collection_member",
    summary="Stop sharing a collection with a person",
)
def remove_collection_member(request: HttpRequest, collection_id: uuid.UUID, username: str) -> HttpResponse:
    """End a membership, and remove the images that the person added; members may leave. Needs the scope `write`."""
    require_scope(request, "write")
    shown = seen_collection(request, collection_id)
    person = User.objects.filter(username=username).first()
    may = person is not None and request.user.pk in (shown.owner_id, person.pk)
    if not (may and remove_member(collection=shown, user=person)):
        raise CollectionItem.DoesNotExist
    return HttpResponse(status=204)
