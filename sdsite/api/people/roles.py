"""API router of roles: list, create, change what they allow and limit, delete. Below /api/v1/admin."""

from typing import Annotated, Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from generation.models import RoleLimits
from sdsite.accounts.scopes import require_permission, require_scope
from sdsite.core.schemas import StrictModel
from sdsite.people.roles.change import KEEP, LONGEST_NAME, RoleChange, change_roles, create_role
from sdsite.people.roles.delete import delete_role
from sdsite.people.roles.state import Deed, RoleLimitsState, RoleState, all_groups, state_of

router = Router(tags=["Administration"])

SCOPE = "admin"
PERMISSION = "accounts.manage_roles"
MOST_ID = 2**31 - 1
EXAMPLES = {
    "artists": {
        "summary": "A role that submits jobs of at most four images, and shares by link",
        "value": {
            "name": "artists",
            "permissions": ["generation.submit_job", "gallery.share_link"],
            "limits": {"most_images": 4, "tasks": ["text_to_image"]},
        },
    },
}
Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, description="Name.", examples=["artists"])]
Permissions = Annotated[
    list[Deed], Field(max_length=100, description="All the deeds that its members may do from now on.")
]


class RoleOut(RoleState):
    """A role or another group."""

    id: int
    key: str | None = Field(description="Of the roles that come with the site; null for others.", examples=["member"])
    members: int = Field(description="How many people have it.")


class RolesOut(StrictModel):
    """All roles, those of the site first, and the limits of everybody else."""

    items: list[RoleOut]
    everybody_else: RoleLimitsState | None = Field(
        description="Limits of people without a role that has its own; null: none."
    )


class RoleIn(StrictModel):
    """A new role."""

    name: Name
    permissions: Permissions = []
    opens_admin: bool = Field(False, description="Whether its members see the administration.")
    second_factor: bool = Field(False, description="Whether its members need a second factor.")
    limits: RoleLimitsState | None = Field(None, description="Its own limits; null: those of everybody else.")


class RolePatch(StrictModel):
    """Changes of a role; fields left out stay as they are."""

    name: Name | None = None
    permissions: Permissions | None = None
    opens_admin: bool | None = Field(None, description="Whether its members see the administration.")
    second_factor: bool | None = Field(None, description="Whether its members need a second factor.")
    limits: RoleLimitsState | None = Field(
        None, description="All its own limits from now on; null: those of everybody else."
    )


class EverybodyElseIn(StrictModel):
    """Limits of everybody else."""

    limits: RoleLimitsState | None = Field(description="All of them from now on; null: no limits.")


@router.get("/admin/roles", response=RolesOut, operation_id="list_roles", summary="List roles")
def list_roles(request: HttpRequest) -> RolesOut:
    """Return all roles and groups. For those who manage people and roles. Needs the scope `admin`."""
    _check(request)
    row = RoleLimits.objects.filter(group=None).prefetch_related("checkpoints", "loras").first()
    others = RoleLimitsState.of(row) if row is not None else None
    return RolesOut(items=[_out(group) for group in all_groups()], everybody_else=others)


@router.post(
    "/admin/roles",
    response={201: RoleOut},
    operation_id="create_role",
    summary="Create a role",
    openapi_extra={"requestBody": {"content": {"application/json": {"examples": EXAMPLES}}}},
)
def make_role(request: HttpRequest, body: RoleIn, response: HttpResponse) -> Status[RoleOut]:
    """Create a role. For those who manage people and roles. Needs the scope `admin`."""
    _check(request)
    change = RoleChange(
        permissions=list(body.permissions),
        opens_admin=body.opens_admin,
        limits=body.limits,
        second_factor=body.second_factor,
    )
    made = create_role(name=body.name, change=change, actor=_actor(request))
    response["Location"] = reverse("api:get_role", args=[made.pk])
    return Status(201, _out(_group(made.pk)))


@router.put(
    "/admin/roles/everybody-else",
    response=RolesOut,
    operation_id="set_limits_of_everybody_else",
    summary="Limit everybody else",
)
def limit_everybody_else(request: HttpRequest, body: EverybodyElseIn) -> RolesOut:
    """Set the limits of people without a role that has its own. Needs the scope `admin`.

    For those who manage people and roles.
    """
    _check(request)
    change_roles({None: RoleChange(limits=body.limits)}, actor=_actor(request))
    return list_roles(request)


@router.get(
    "/admin/roles/{int:role_id}",
    response=RoleOut,
    operation_id="get_role",
    url_name="get_role",
    summary="Get a role",
)
def get_role(request: HttpRequest, role_id: int) -> RoleOut:
    """Return a role. For those who manage people and roles. Needs the scope `admin`."""
    _check(request)
    return _out(_group(role_id))


@router.patch("/admin/roles/{int:role_id}", response=RoleOut, operation_id="change_role", summary="Change a role")
def patch_role(request: HttpRequest, role_id: int, body: RolePatch) -> RoleOut:
    """Change name, permissions or limits of a role; a group whose permissions are set becomes a role.

    Administrators keep every permission. For those who manage people and roles. Needs the scope `admin`.
    """
    _check(request)
    sent = body.model_fields_set
    change = RoleChange(
        name=body.name if body.name is not None else KEEP,
        permissions=list(body.permissions) if body.permissions is not None else KEEP,
        opens_admin=body.opens_admin if body.opens_admin is not None else KEEP,
        limits=body.limits if "limits" in sent else KEEP,
        second_factor=body.second_factor if body.second_factor is not None else KEEP,
    )
    change_roles({_group(role_id).pk: change}, actor=_actor(request))
    return _out(_group(role_id))


@router.delete("/admin/roles/{int:role_id}", response={204: None}, operation_id="delete_role", summary="Delete a role")
def remove_role(
    request: HttpRequest,
    role_id: int,
    move_to: Annotated[int | None, Query(ge=1, le=MOST_ID, description="Id of the role that takes its place.")] = None,
) -> HttpResponse:
    """Delete a role that was made here, with its limits. Needs the scope `admin`.

    One that people have, or that invitations or identity providers give, is refused with 409 `role_kept` and how many
    there are, unless `move_to` takes its place. The roles that come with the site, and those that rules bind, stay.
    For those who manage people and roles.
    """
    _check(request)
    other = None
    if move_to is not None:
        other = Group.objects.filter(pk=move_to).exclude(pk=role_id).first()
        if other is None:
            raise ValidationError({"move_to": "move_to must be the id of another role"})
    delete_role(group=_group(role_id), move_to=other, actor=_actor(request))
    return HttpResponse(status=204)


def _check(request: HttpRequest) -> None:
    require_scope(request, SCOPE)
    require_permission(request, PERMISSION)


def _actor(request: HttpRequest) -> Any:
    return request.user


def _group(role_id: int) -> Group:
    for group in all_groups():
        if group.pk == role_id:
            return group
    raise Http404


def _out(group: Group) -> RoleOut:
    role = getattr(group, "role", None)
    return RoleOut(
        **state_of(group).model_dump(),
        id=group.pk,
        key=role.key if role is not None else None,
        members=getattr(group, "members", 0),
    )
