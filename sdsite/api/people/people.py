"""API router of people: list, search, why somebody may do something, roles and suspension. Below /api/v1/admin."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import AwareDatetime, BaseModel, Field

from gallery.actions.moderation import suspensions
from sdsite.accounts.models import Suspension, User
from sdsite.accounts.roles.membership import assign_roles
from sdsite.accounts.roles.suspension import LONGEST_REASON, let_in_again
from sdsite.accounts.scopes import require_permission, require_scope
from sdsite.core import pagination
from sdsite.core.schemas import StrictModel
from sdsite.people.roles.explain import Reason, explain_limits, explain_permissions

router = Router(tags=["Administration"])

SCOPE = "admin"
MOST_ROLES = 30
State = Literal["active", "suspended"]


class SuspensionOut(BaseModel):
    """A suspension."""

    until: datetime | None = Field(description="When it ends by itself; null: never.")
    reason: str = Field(description="Why, as its moderator wrote.", examples=["spam"])
    at: datetime = Field(description="When it began.")
    by: str | None = Field(description="Who suspended the person; null: the site, or somebody who is gone.")


class PersonOut(BaseModel):
    """A person as administrators see them in a list."""

    id: int
    username: str
    email: str
    roles: list[str] = Field(description="Names of their groups.", examples=[["member"]])
    is_active: bool = Field(description="False: suspended, waiting for approval, or leaving.")
    is_staff: bool = Field(description="Whether they see the administration.")
    is_superuser: bool = Field(description="Whether they may do everything, whatever their roles.")
    date_joined: datetime
    last_login: datetime | None
    suspension: SuspensionOut | None


class ReasonOut(BaseModel):
    """One permission or limit, and where it comes from."""

    name: str = Field(examples=["generation.submit_job"])
    label: str = Field(description="In plain words.", examples=["Submit jobs"])
    value: bool | float | list[str] | None = Field(description="Whether or how much; null: no limit.")
    because: list[str] = Field(description="Roles and other sources that give it.", examples=[["Member"]])


class PersonDetailOut(PersonOut):
    """A person, and why they may do what they may."""

    permissions: list[ReasonOut]
    limits: list[ReasonOut]


class PersonPage(BaseModel):
    """A page of people, last joined first; `next` is the cursor of the next page, null on the last."""

    items: list[PersonOut]
    next: str | None


class PersonIn(StrictModel):
    """Changes of a person."""

    roles: Annotated[list[Annotated[str, Field(max_length=150)]], Field(max_length=MOST_ROLES)] = Field(
        description="Names of all the groups that they have from now on.", examples=[["trusted"]]
    )


class SuspensionIn(StrictModel):
    """A new suspension."""

    until: AwareDatetime | None = Field(None, description="When it ends by itself; null: never.")
    reason: str = Field("", max_length=LONGEST_REASON, description="Why.", examples=["spam"])


@router.get("/admin/people", response=PersonPage, operation_id="list_people", summary="List people")
def list_people(
    request: HttpRequest,
    *,
    q: Annotated[str, Query(max_length=150, description="Part of a username or email address.")] = "",
    role: Annotated[str | None, Query(max_length=150, description="Only members of this group.")] = None,
    state: Annotated[State | None, Query(description="Only those who may log in, or only suspended ones.")] = None,
    limit: Annotated[
        int, Query(ge=1, le=pagination.MOST_ITEMS, description="Most items of a page.")
    ] = pagination.DEFAULT_ITEMS,
    cursor: Annotated[str | None, Query(description="The `next` of the previous page.")] = None,
) -> PersonPage:
    """Return people, last joined first. For those who may view users. Needs the scope `admin`."""
    _check(request, "accounts.view_user")
    rows = User.objects.select_related("suspension__by").prefetch_related("groups")
    if q:
        rows = rows.filter(Q(username__icontains=q) | Q(email__icontains=q))
    if role is not None:
        rows = rows.filter(groups__name=role)
    if state is not None:
        rows = rows.filter(is_active=state == "active")
    if state == "suspended":
        rows = rows.filter(suspension__isnull=False)
    page = pagination.page(rows, limit=limit, cursor=cursor, moment="date_joined")
    return PersonPage(items=[serialize_person(user) for user in page.items], next=page.next)


@router.get("/admin/people/{int:user_id}", response=PersonDetailOut, operation_id="get_person", summary="Get a person")
def get_person(request: HttpRequest, user_id: int) -> PersonDetailOut:
    """Return a person, and each permission and limit with its reasons. Needs the scope `admin`.

    For those who may view users.
    """
    _check(request, "accounts.view_user")
    return _detail(_person(user_id))


@router.patch(
    "/admin/people/{int:user_id}",
    response=PersonDetailOut,
    operation_id="change_person",
    summary="Change somebody's roles",
)
def change_person(request: HttpRequest, user_id: int, body: PersonIn) -> PersonDetailOut:
    """Give a person exactly these roles. For those who manage people and roles. Needs the scope `admin`.

    The last administrator keeps that role.
    """
    _check(request, "accounts.manage_roles")
    user, groups = _person(user_id), list(Group.objects.filter(name__in=body.roles))
    unknown = sorted(set(body.roles) - {group.name for group in groups})
    if unknown:
        raise ValidationError({"roles": f"roles: there is no {', '.join(unknown)[:200]}"})
    _in_fields("roles", lambda: assign_roles(user=user, groups=groups, actor=_actor(request)))
    return _detail(_person(user_id))


@router.put(
    "/admin/people/{int:user_id}/suspension",
    response=PersonDetailOut,
    operation_id="suspend_person",
    summary="Suspend a person",
)
def suspend_person(request: HttpRequest, user_id: int, body: SuspensionIn) -> PersonDetailOut:
    """Suspend a person at once, for a time or for good; another one before is replaced. Needs the scope `admin`.

    For those who may suspend people; staff are suspended by those who manage people and roles. Nobody suspends
    themselves, and the last administrator cannot be suspended.
    """
    _check(request, "accounts.suspend_user")
    user, actor = _person(user_id), _actor(request)
    _in_fields(
        "user", lambda: suspensions.suspend_person(person=user, until=body.until, reason=body.reason, actor=actor)
    )
    return _detail(_person(user_id))


@router.delete(
    "/admin/people/{int:user_id}/suspension",
    response=PersonDetailOut,
    operation_id="end_suspension",
    summary="End a suspension",
)
def end_person_suspension(request: HttpRequest, user_id: int) -> PersonDetailOut:
    """Let a suspended person in again; one who is not suspended stays as they are. Needs the scope `admin`.

    For those who may suspend people; of staff by those who manage people and roles. An account that its owner wants
    deleted, or that waits for approval, stays closed.
    """
    _check(request, "accounts.suspend_user")
    user, actor = _person(user_id), _actor(request)
    if _suspension(user) is not None:
        _in_fields("user", lambda: let_in_again(user=user, actor=actor))
    return _detail(_person(user_id))


def _check(request: HttpRequest, permission: str) -> None:
    require_scope(request, SCOPE)
    require_permission(request, permission)


def _actor(request: HttpRequest) -> User:
    actor: Any = request.user
    return actor


def _person(user_id: int) -> User:
    rows = User.objects.select_related("suspension__by").prefetch_related("groups")
    return get_object_or_404(rows, pk=user_id)


def _in_fields(name: str, deed: Any) -> None:
    """Do it, and name the field in a refusal that names none."""
    try:
        deed()
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            raise
        raise ValidationError({name: error.messages}) from error


def serialize_person(user: User) -> PersonOut:
    """Return a person as administrators see them."""
    row = _suspension(user)
    return PersonOut(
        id=user.pk,
        username=user.username,
        email=user.email,
        roles=sorted(group.name for group in user.groups.all()),
        is_active=user.is_active,
        is_staff=user.is_staff,
        is_superuser=user.is_superuser,
        date_joined=user.date_joined,
        last_login=user.last_login,
        suspension=row and SuspensionOut(until=row.until, reason=row.reason, at=row.at, by=row.by and row.by.username),
    )


def _suspension(user: User) -> Suspension | None:
    """Return the suspension that holds; one whose account is active has ended."""
    return None if user.is_active else getattr(user, "suspension", None)


def _detail(user: User) -> PersonDetailOut:
    return PersonDetailOut(
        **serialize_person(user).model_dump(),
        permissions=[_reason(one) for one in explain_permissions(user)],
        limits=[_reason(one) for one in explain_limits(user)],
    )


def _reason(one: Reason) -> ReasonOut:
    return ReasonOut(name=one.name, label=one.label, value=one.value, because=one.because)
