"""What a role allows and limits, as one value that the matrix, the API and the audit log share."""

from typing import Annotated, Any, Literal, get_args

from django.contrib.auth.models import Group, Permission
from django.db.models import Count
from pydantic import BaseModel, ConfigDict, Field

from generation.models import Adapter, Checkpoint, Job, RoleLimits
from generation.parameters.schema import SpeedMode, Task
from sdsite.accounts.models import Role
from sdsite.accounts.roles.deeds import ADMINISTRATOR, DEEDS

MOST = 2_000_000_000  # of a limit; the column ends a little above
MOST_CHOSEN = 1000

Source = Literal["studio", "api", "websocket", "openai", "sdapi", "stability", "comfyui", "simple", "mcp"]
assert set(get_args(Source)) == set(Job.SOURCES_OF_ROLES)
Deed = Literal[
    "generation.submit_job",
    "generation.verify_image",
    "generation.use_webhooks",
    "gallery.upload_image",
    "gallery.publish_image",
    "gallery.publish_without_review",
    "gallery.share_link",
    "accounts.make_key",
    "accounts.add_invitation",
    "gallery.moderate_image",
    "gallery.decide_appeal",
    "accounts.suspend_user",
    "generation.manage_rules",
    "accounts.change_sitesettings",
    "accounts.manage_roles",
]
assert set(get_args(Deed)) == set(DEEDS)
Slug = Annotated[str, Field(max_length=200)]


def _most(description: str) -> Any:
    return Field(None, ge=0, le=MOST, description=f"{description} Null: no limit.")


class RoleLimitsState(BaseModel):
    """Limits of a role; null and empty lists do not limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight: float = Field(1.0, ge=0.01, le=1000, description="Weight in fair-share usage.")
    most_queued: int | None = _most("Queued jobs at once.")
    most_running: int | None = _most("Running jobs at once.")
    most_images: int | None = _most("Images in one job.")
    most_pixels: int | None = _most("Pixels of one image.")
    most_steps: int | None = _most("Steps of one image.")
    most_kept_steps: int | None = _most("Kept previews of steps with one image.")
    most_kept_mb: int | None = _most("MB of all kept previews of steps.")
    most_seconds_a_day: int | None = _most("GPU time in 24 hours, in seconds.")
    safety: Literal["", "allow", "blur", "quarantine", "refuse"] = Field(
        "",
        description="Handling of images that the safety checker flags; empty: decided by other roles.",
        examples=["quarantine"],
    )
    checkpoints: list[Slug] = Field([], max_length=MOST_CHOSEN, description="Slugs of the allowed checkpoints.")
    loras: list[Slug] = Field([], max_length=MOST_CHOSEN, description="Slugs of the allowed LoRAs.")
    tasks: list[Task] = Field([], max_length=MOST_CHOSEN, description="Allowed tasks.")
    speed_modes: list[SpeedMode] = Field([], max_length=MOST_CHOSEN, description="Allowed speed modes.")
    sources: list[Source] = Field([], max_length=MOST_CHOSEN, description="Pages and APIs that may submit jobs.")

    @classmethod
    def of(cls, row: RoleLimits) -> "RoleLimitsState":
        """Return what a row says."""
        values: dict[str, Any] = {name: getattr(row, name) for name in PLAIN}
        values |= {name: sorted(one.slug for one in getattr(row, name).all()) for name in BY_SLUG}
        return cls.model_construct(**values)


BY_SLUG: dict[str, Any] = {
    "checkpoints": Checkpoint.objects.all,
    "loras": lambda: Adapter.objects.of_kind(Adapter.Kind.LORA),
}
PLAIN = tuple(name for name in RoleLimitsState.model_fields if name not in BY_SLUG)
COUNTS = tuple(name for name in PLAIN if name.startswith("most_"))


class RoleState(BaseModel):
    """What a role allows and limits."""

    name: str = Field(description="Name of the group.")
    is_role: bool = Field(description="Whether it decides what its members may do; else it adds to what members may.")
    permissions: list[str] = Field(description="Deeds that its members may do.")
    opens_admin: bool = Field(description="Whether its members see the administration.")
    second_factor: bool = Field(description="Whether its members need a second factor.")
    limits: RoleLimitsState | None = Field(description="Its own limits; null: those of everybody else hold.")


def state_of(group: Group) -> RoleState:
    """Return the state of a group."""
    role, limits = getattr(group, "role", None), getattr(group, "limits", None)
    ticked = {".".join(tick) for tick in deeds_of(group)}
    everything = role is not None and role.key == ADMINISTRATOR
    return RoleState(
        name=group.name,
        is_role=role is not None,
        permissions=[deed for deed in DEEDS if everything or deed in ticked],
        opens_admin=role is not None and role.opens_admin,
        second_factor=hasattr(group, "second_factor"),
        limits=RoleLimitsState.of(limits) if limits is not None else None,
    )


def deeds_of(group: Group) -> list[tuple[str, str]]:
    """Return the permissions of a group as (app, codename), from what was prefetched."""
    return [(one.content_type.app_label, one.codename) for one in group.permissions.all()]


def permission_rows() -> dict[str, Permission]:
    """Return {"app.codename": row} of all deeds."""
    names = {deed.partition(".")[2] for deed in DEEDS}
    rows = Permission.objects.filter(codename__in=names).select_related("content_type")
    return {name: row for row in rows if (name := f"{row.content_type.app_label}.{row.codename}") in DEEDS}


def all_groups() -> list[Group]:
    """Return every group with what `state_of` needs, roles of the site first."""
    rows = (
        Group.objects.select_related("role", "limits", "second_factor")
        .prefetch_related("permissions__content_type", "limits__checkpoints", "limits__loras")
        .annotate(members=Count("user"))
    )
    return sorted(rows, key=lambda group: (_position(group), group.name))


def _position(group: Group) -> int:
    role: Role | None = getattr(group, "role", None)
    return role.position if role is not None else 1000
