"""API router of the site settings: what administrators choose for the whole site."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import AwareDatetime, BaseModel, Field

from generation.queue.state import PERMISSION as QUEUE_PERMISSION
from generation.serializers.site import LOGO_SIDE, logo_url
from sdsite.accounts import site_settings
from sdsite.accounts.models.site import DIALECTS
from sdsite.accounts.scopes import require_permission, require_scope
from sdsite.accounts.site_settings.change import DAYS
from sdsite.configuration import changes
from sdsite.core.schemas import StrictModel

router = Router(tags=["Administration"])

PERMISSION = "accounts.change_sitesettings"
EXAMPLES = {
    "announce": {
        "summary": "Announce something on every page",
        "value": {"announcement": "New checkpoints on Friday.", "severity": "info"},
    },
    "keep": {"summary": "Keep the trash for two weeks", "value": {"trash_days": 14}},
}

Dialect = Literal["openai", "sdapi", "stability", "comfyui", "mcp", "simple"]
Severity = Literal["info", "warning", "critical"]
SpeedMode = Literal["exact", "small", "draft"]
Mode = Literal["closed", "invitation", "request", "verified", "open"]
Safety = Literal["", "allow", "blur", "quarantine", "refuse"]
TrashDays = Annotated[int, Field(ge=DAYS["trash_days"][0], le=DAYS["trash_days"][1])]
UploadsDays = Annotated[int, Field(ge=DAYS["uploads_days"][0], le=DAYS["uploads_days"][1])]
JobsDays = Annotated[int, Field(ge=DAYS["jobs_days"][0], le=DAYS["jobs_days"][1])]
DeliveriesDays = Annotated[int, Field(ge=DAYS["deliveries_days"][0], le=DAYS["deliveries_days"][1])]
DeletionDays = Annotated[int, Field(ge=DAYS["deletion_days"][0], le=DAYS["deletion_days"][1])]
AuditDays = Annotated[int, Field(ge=DAYS["audit_days"][0], le=DAYS["audit_days"][1])]
RuleHitsDays = Annotated[int, Field(ge=DAYS["rule_hits_days"][0], le=DAYS["rule_hits_days"][1])]
RuleFactsDays = Annotated[int, Field(ge=DAYS["rule_facts_days"][0], le=DAYS["rule_facts_days"][1])]


class SiteSettingsOut(BaseModel):
    """The settings of the site as they hold now."""

    name: str = Field(description="In the header, titles and as an app.", examples=["sdsite"])
    logo_url: str | None = Field(description="The logo; `PUT /api/v1/admin/settings/logo` sets it.")
    signup_mode: Mode = Field(description="Who may create an account.", examples=["closed"])
    default_checkpoint: str = Field(
        description="Slug of the checkpoint for requests that name none; empty: the first.", examples=["starter"]
    )
    safety: Safety = Field(
        description="What happens to flagged images of people without a role; empty: review.", examples=["blur"]
    )
    dialects: list[Dialect] = Field(description="APIs of other programs that the site offers.")
    strict_models: bool = Field(description="Whether dialects refuse names of unknown models.")
    speed_mode: SpeedMode = Field(description="Speed mode of jobs that name none.", examples=["exact"])
    trash_days: int = Field(description="Days in the trash; 0: until its owner empties it.")
    uploads_days: int = Field(description="Days of unused uploads.")
    jobs_days: int = Field(description="Days of ended jobs; 0: for ever.")
    deliveries_days: int = Field(description="Days of webhook deliveries in the log.")
    deletion_days: int = Field(description="Days in which the deletion of an account can be taken back.")
    audit_days: int = Field(description="Days of the audit log.")
    rule_hits_days: int = Field(description="Days of the record of what rules matched.")
    rule_facts_days: int = Field(description="Days of the words and scores that rules matched in.")
    announcement: str = Field(description="Shown on every page; empty: none.")
    severity: Severity = Field(description="How much the announcement matters.")
    announced_until: AwareDatetime | None = Field(description="When the announcement ends by itself.")
    maintenance: bool = Field(description="Whether new jobs, uploads and imports are refused.")
    maintenance_message: str = Field(description="The sentence for those who are refused, and for a closed queue.")
    maintenance_until: AwareDatetime | None = Field(description="When maintenance is expected to end.")
    fixed: dict[str, str] = Field(
        description="Settings that a variable of the environment fixes, and its name.",
        examples=[{"trash_days": "SDSITE_TRASH_DAYS"}],
    )


class SiteSettingsIn(StrictModel):
    """Changes of settings; what is left out stays."""

    name: Annotated[str, Field(min_length=1, max_length=40)] | None = Field(None, description="The name of the site.")
    signup_mode: Mode | None = Field(None, description="Who may create an account.")
    default_checkpoint: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="Slug of an enabled checkpoint; empty: the first.", examples=["starter"]
    )
    safety: Safety | None = Field(
        None, description="Policy for people without a role; empty: review.", examples=["blur"]
    )
    dialects: Annotated[list[Dialect], Field(max_length=len(DIALECTS))] | None = Field(
        None, description="All that are to be offered."
    )
    strict_models: bool | None = Field(None, description="Whether dialects refuse names of unknown models.")
    speed_mode: SpeedMode | None = Field(None, description="Speed mode of jobs that name none.", examples=["draft"])
    trash_days: TrashDays | None = Field(None, description="Days in the trash; 0: until its owner empties it.")
    uploads_days: UploadsDays | None = Field(None, description="Days of unused uploads.")
    jobs_days: JobsDays | None = Field(None, description="Days of ended jobs; 0: for ever.")
    deliveries_days: DeliveriesDays | None = Field(None, description="Days of webhook deliveries in the log.")
    deletion_days: DeletionDays | None = Field(None, description="Days in which a deletion can be taken back.")
    audit_days: AuditDays | None = Field(None, description="Days of the audit log.")
    rule_hits_days: RuleHitsDays | None = Field(None, description="Days of the record of what rules matched.")
    rule_facts_days: RuleFactsDays | None = Field(
        None, description="Days of the words and scores that rules matched in; not longer than the record."
    )
    announcement: Annotated[str, Field(max_length=500)] | None = Field(None, description="Empty removes it.")
    severity: Severity | None = Field(None, description="How much the announcement matters.")
    announced_until: AwareDatetime | None = Field(None, description="null: until it is removed.")
    maintenance: bool | None = Field(None, description="Refuse new jobs, uploads and imports; false opens the queue.")
    maintenance_message: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="The sentence for those who are refused."
    )
    maintenance_until: AwareDatetime | None = Field(None, description="null: nobody knows when it ends.")


MAY_BE_NULL = ("announced_until", "maintenance_until")
OF_THE_QUEUE = ("maintenance", "maintenance_message", "maintenance_until")


@router.get(
    "/admin/settings", response=SiteSettingsOut, operation_id="get_site_settings", summary="Get the site settings"
)
def get_settings(request: HttpRequest) -> SiteSettingsOut:
    """Return all settings of the site, and which of them the environment fixes.

    For staff who may change them. Needs the scope `admin`.
    """
    require_scope(request, "admin")
    require_permission(request, PERMISSION)
    return represent_settings()


@router.patch(
    "/admin/settings",
    response=SiteSettingsOut,
    operation_id="change_site_settings",
    summary="Change the site settings",
    openapi_extra={"requestBody": {"content": {"application/json": {"examples": EXAMPLES}}}},
)
def change_settings(request: HttpRequest, body: SiteSettingsIn) -> SiteSettingsOut:
    """Change settings of the site, all that are named or none; every process uses them from its next request or job.

    For staff who may change them; those of maintenance need the permission to change the queue's state too. The audit
    log has one entry with what was before and after. Needs the scope `admin`.
    """
    require_scope(request, "admin")
    require_permission(request, PERMISSION)
    sent = body.model_dump(exclude_unset=True)
    wanted = {name: value for name, value in sent.items() if value is not None or name in MAY_BE_NULL}
    if set(OF_THE_QUEUE) & set(wanted):
        require_permission(request, QUEUE_PERMISSION)
    changes.change(actor=request.user, changes=wanted)  # type: ignore[arg-type]
    return represent_settings()


def represent_settings() -> SiteSettingsOut:
    """Return the settings as they hold now."""
    held: dict[str, Any] = changes.held()
    return SiteSettingsOut(**held, logo_url=logo_url(site_settings.current().logo, LOGO_SIDE), fixed=changes.fixed())
