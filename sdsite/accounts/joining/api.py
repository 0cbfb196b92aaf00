"""Router of coming in for staff: invitations of everybody, and requests for an account. Mounted below /api/v1."""

from datetime import datetime
from typing import Annotated, Literal

from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Path, Query, Router
from ninja.responses import Status
from pydantic import AwareDatetime, BaseModel, Field

from sdsite.accounts.joining import invitations, requests
from sdsite.accounts.models import Invitation, SignupRequest
from sdsite.accounts.scopes import require_permission, require_scope
from sdsite.core import pagination
from sdsite.core.schemas import StrictModel

router = Router(tags=["Administration"])

SCOPE = "admin"
Limit = Annotated[int, Query(ge=1, le=pagination.MOST_ITEMS, description="Most items of a page.")]
Cursor = Annotated[str | None, Query(description="The `next` of the previous page.")]
Id = Annotated[int, Path(description="Its id.")]


class InvitationIn(StrictModel):
    """A new invitation."""

    note: str = Field("", max_length=200, description="For whom it is; guests do not see it.", examples=["Erik"])
    role: str | None = Field(
        None, max_length=150, description="Name of the role of those who come.", examples=["member"]
    )
    most_uses: int = Field(1, ge=1, le=invitations.MOST_USES, description="How many may come by it.", examples=[3])
    expires_at: AwareDatetime = Field(
        description=f"Its end, at most {invitations.MOST_DAYS} days from now.", examples=["2030-12-31T23:59:59Z"]
    )


class InvitationOut(BaseModel):
    """An invitation, without its link."""

    id: int
    note: str
    made_by: str | None = Field(description="Username; null: the account is gone.")
    made_at: datetime
    role: str | None
    uses: int
    most_uses: int
    expires_at: datetime
    state: Literal["usable", "used up", "expired", "revoked", "withdrawn"] = Field(
        description="`withdrawn`: who made it is suspended or gone."
    )
    guests: list[str] = Field(description="Usernames of the first 100 who came by it.")


class NewInvitationOut(InvitationOut):
    """A new invitation with its link."""

    url: str = Field(description="The link, shown only here.")


class InvitationPage(BaseModel):
    """A page of invitations, newest first; `next` is the cursor of the next page, null on the last."""

    items: list[InvitationOut]
    next: str | None


class SignupRequestOut(BaseModel):
    """A request for an account."""

    id: int
    username: str
    email: str
    reason: str
    at: datetime
    state: Literal["waiting", "refused"]


class SignupRequestPage(BaseModel):
    """A page of requests, oldest first; `next` is the cursor of the next page, null on the last."""

    items: list[SignupRequestOut]
    next: str | None


class DecisionIn(StrictModel):
    """What becomes of a request."""

    decision: Literal["approve", "refuse"] = Field(description="`approve` also helps one who was refused.")


@router.get("/admin/invitations", response=InvitationPage, operation_id="list_invitations", summary="List invitations")
def list_invitations(
    request: HttpRequest, limit: Limit = pagination.DEFAULT_ITEMS, cursor: Cursor = None
) -> InvitationPage:
    """Return the invitations of everybody, newest first. Needs the scope `admin`.

    For staff who may view invitations.
    """
    _require(request, "accounts.view_invitation")
    rows = Invitation.objects.select_related("made_by", "role").prefetch_related("guests")
    page = pagination.page(rows, limit=limit, cursor=cursor, moment="made_at")
    return InvitationPage(items=[_invitation(row) for row in page.items], next=page.next)


@router.post(
    "/admin/invitations", response={201: NewInvitationOut}, operation_id="create_invitation", summary="Invite people"
)
def create_invitation(request: HttpRequest, body: InvitationIn, response: HttpResponse) -> Status[NewInvitationOut]:
    """Make an invitation of your own; its link is in this response and nowhere else. Needs the scope `admin`.

    For staff who may invite; the role is one of their own, for superusers any.
    """
    _require(request, invitations.PERMISSION)
    role = get_object_or_404(Group, name=body.role) if body.role is not None else None
    row, token = invitations.create_invitation(
        actor=request.user,  # type: ignore[arg-type]
        expires_at=body.expires_at,
        most_uses=body.most_uses,
        role=role,
        note=body.note,
    )
    response["Cache-Control"] = "no-store"
    url = request.build_absolute_uri(reverse("join", args=[token]))
    return Status(201, NewInvitationOut(url=url, **_invitation(row).model_dump()))


@router.delete(
    "/admin/invitations/{int:invitation_id}",
    response={204: None},
    operation_id="revoke_invitation",
    summary="Revoke an invitation",
)
def revoke_invitation(request: HttpRequest, invitation_id: Id) -> HttpResponse:
    """Revoke anybody's invitation for good; who came by it stays. Needs the scope `admin`.

    For staff who may change invitations.
    """
    _require(request, "accounts.change_invitation")
    row = get_object_or_404(Invitation, pk=invitation_id)
    invitations.revoke_invitation(invitation=row, actor=request.user)  # type: ignore[arg-type]
    return HttpResponse(status=204)


@router.get(
    "/admin/requests", response=SignupRequestPage, operation_id="list_requests", summary="List sign-up requests"
)
def list_requests(
    request: HttpRequest,
    state: Annotated[Literal["waiting", "refused"], Query(description="Undecided ones, or refused ones.")] = "waiting",
    limit: Limit = pagination.DEFAULT_ITEMS,
    cursor: Cursor = None,
) -> SignupRequestPage:
    """Return requests for an account, oldest first. Needs the scope `admin`.

    For staff who may view sign-up requests.
    """
    _require(request, "accounts.view_signuprequest")
    rows = SignupRequest.objects.refused() if state == "refused" else SignupRequest.objects.waiting()
    page = pagination.page(rows.select_related("user"), limit=limit, cursor=cursor, moment="at", order="oldest")
    return SignupRequestPage(items=[_request(row) for row in page.items], next=page.next)


@router.post(
    "/admin/requests/{int:request_id}", response={204: None}, operation_id="decide_request", summary="Decide a request"
)
def decide_request(request: HttpRequest, request_id: Id, body: DecisionIn) -> HttpResponse:
    """Approve a request, or refuse it; one that is decided already, or gone, is 404. Needs the scope `admin`.

    For staff who may change sign-up requests.
    """
    _require(request, "accounts.change_signuprequest")
    rows = SignupRequest.objects.filter(pk=request_id)
    decide = requests.approve if body.decision == "approve" else requests.refuse
    if not decide(requests=rows, actor=request.user):  # type: ignore[arg-type]
        raise SignupRequest.DoesNotExist
    return HttpResponse(status=204)


def _require(request: HttpRequest, permission: str) -> None:
    require_scope(request, SCOPE)
    require_permission(request, permission)


def _invitation(row: Invitation) -> InvitationOut:
    return InvitationOut(
        id=row.pk,
        note=row.note,
        made_by=row.made_by.username if row.made_by else None,
        made_at=row.made_at,
        role=row.role.name if row.role else None,
        uses=row.uses,
        most_uses=row.most_uses,
        expires_at=row.expires_at,
        state=row.state,
        guests=[guest.username for guest in list(row.guests.all())[:100]],
    )


def _request(row: SignupRequest) -> SignupRequestOut:
    return SignupRequestOut(
        id=row.pk,
        username=row.user.username,
        email=row.user.email,
        reason=row.reason,
        at=row.at,
        state="refused" if row.refused_at else "waiting",
    )
