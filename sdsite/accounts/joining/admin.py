"""Admin of coming in: the sign-up mode, requests with approval and refusal, invitations."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html_join
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from sdsite.accounts.admin_base import (
    AuditedAdmin,
    ReadOnlyAdmin,
    ask,
    change_url,
    confirm_first,
    count,
    filters_for,
    get_actor,
    go_to,
    link,
)
from sdsite.accounts.joining import invitations, requests
from sdsite.accounts.joining.forms import InvitationForm
from sdsite.accounts.joining.mode import get_mode, is_fixed, set_mode
from sdsite.accounts.joining.views import shown_once
from sdsite.accounts.models import Invitation, SignupMode, SignupRequest, SignupSettings, User


class ModeForm(forms.ModelForm):
    """Form of the sign-up mode."""

    def clean_mode(self) -> str:
        """Refuse a mode that asks for mails which the site cannot send."""
        mode: str = self.cleaned_data["mode"]
        if mode == SignupMode.VERIFIED and not settings.MAIL_IS_SENT:
            raise ValidationError("Addresses can be verified only where EMAIL_URL names a mail server.")
        return mode


@admin.register(SignupSettings)
class SignupSettingsAdmin(AuditedAdmin):
    """The one row of the sign-up mode; `joining.mode` changes it and writes the audit log."""

    form = ModeForm
    fields = ("mode", "in_force", "changed_at")
    readonly_fields = ("in_force", "changed_at")
    audited_elsewhere = ("changed",)

    @display(description="In force")
    def in_force(self, row: SignupSettings) -> str:
        """Return the mode that holds, and what fixes it."""
        fixed = ". SDSITE_SIGNUP fixes it; remove it there to choose here." if is_fixed() else ""
        return f"{get_mode().label}{fixed}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one row; none can be added."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There is one row; it cannot be deleted."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the mode as fixed where the environment decides."""
        return self.fields if is_fixed() else self.readonly_fields

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Redirect to the one row, created on first use."""
        row, _ = SignupSettings.objects.get_or_create(pk=1)
        return redirect(change_url(row))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Change the mode through `set_mode`."""
        if not is_fixed():
            set_mode(obj.mode, actor=get_actor(request))


def _effects_of_refusing(rows: QuerySet[SignupRequest]) -> list[str]:
    waiting = count(rows.filter(refused_at=None).count(), "person", "people")
    return [
        f"{waiting} will not get an account; it is removed after {requests.KEPT_DAYS} days, and approved until then."
    ]


def _effects_of_revoking(rows: QuerySet[Invitation]) -> list[str]:
    usable = rows.filter(revoked_at=None)
    guests = count(sum(usable.values_list("uses", flat=True)), "person", "people")
    return [
        f"{count(usable.count(), 'invitation')} will let nobody in any more, for good; {guests} who came by them stay."
    ]


class RequestStateFilter(admin.SimpleListFilter):
    """Filter of requests by state."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("waiting", "Waiting"), ("refused", "Refused")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the requests in the chosen state."""
        return {"waiting": queryset.waiting, "refused": queryset.refused}.get(str(self.value()), queryset.all)()


@admin.register(SignupRequest)
class SignupRequestAdmin(ReadOnlyAdmin):
    """Requests for an account. Refused ones are removed after a week, and can be approved until then."""

    list_display = ("user", "email", "reason", "at", "state")
    list_filter = (RequestStateFilter,)
    list_select_related = ("user",)
    search_fields = ("user__username", "user__email", "reason")
    fields = ("user", "email", "reason", "at", "state")
    actions = ("approve", "refuse")

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave out requests of people who were activated elsewhere."""
        return super().get_queryset(request).filter(user__is_active=False)

    @display(description="Email address")
    def email(self, row: SignupRequest) -> str:
        """Return the address, to which the answer goes."""
        return row.user.email

    @display(description="State", label={"waiting": "warning", "refused": "danger"})
    def state(self, row: SignupRequest) -> str:
        """Return waiting or refused."""
        return "refused" if row.refused_at else "waiting"

    @action(description="Approve", permissions=["operate"])
    def approve(self, request: HttpRequest, queryset: QuerySet[SignupRequest]) -> None:
        """Let the selected people in."""
        self._say(request, queryset.count(), requests.approve(requests=queryset, actor=get_actor(request)), "approved")

    @action(description="Refuse", permissions=["operate"])
    @confirm_first("Refuse", _effects_of_refusing)
    def refuse(self, request: HttpRequest, queryset: QuerySet[SignupRequest]) -> None:
        """Refuse the selected people."""
        self._say(request, queryset.count(), requests.refuse(requests=queryset, actor=get_actor(request)), "refused")

    def _say(self, request: HttpRequest, asked: int, decided: list[User], verb: str) -> None:
        self.say(request, len(decided), verb, left=max(0, asked - len(decided)), why="they were decided before")


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations of everybody, with who came by them. The link of a new one is shown once."""

    list_display = ("__str__", "made_by", "role", "used", "state", "expires_at")
    list_select_related = ("made_by", "role")
    search_fields = ("note", "made_by__username", "guests__username")
    fields = ("note", "made_by", "made_at", "role", "used", "state", "expires_at", "revoked_at", "people")
    readonly_fields = fields
    actions = ("revoke_selected",)
    actions_detail = ("revoke_this",)

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filter by maker, where the administrator may view users."""
        return filters_for(request, owner="made_by")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may invite."""
        return invitations.may_invite(get_actor(request))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Make an invitation, and show its link and QR code once."""
        actor = get_actor(request)
        if not self.has_add_permission(request):
            return HttpResponse("You may not invite people.", status=403, content_type="text/plain")
        form = InvitationForm(actor, request.POST or None)
        context = {**self.admin_site.each_context(request), "title": "Add invitation", "opts": self.opts, "form": form}
        context["closed"] = get_mode() == SignupMode.CLOSED
        if request.method == "POST" and form.is_valid() and (created := form.create()):
            context |= shown_once(request, *created)
        return render(request, "admin/add_invitation.html", context)

    @display(description="Used")
    def used(self, row: Invitation) -> str:
        """Return how often it was used, and may be."""
        return f"{row.uses} of {row.most_uses}"

    @display(
        description="State",
        label={
            "usable": "success",
            "revoked": "danger",
            "withdrawn": "danger",
            "expired": "warning",
            "used up": "info",
        },
    )
    def state(self, row: Invitation) -> str:
        """Return whether it lets somebody in, or why not."""
        return row.state

    @display(description="Who came")
    def people(self, row: Invitation) -> Any:
        """Return who came by it, with links to those who are still here."""
        guests = row.guests.select_related("user")[:100]
        return format_html_join(
            ", ", "{}", ((link(change_url(one.user), one) if one.user else str(one),) for one in guests)
        )

    @action(description="Revoke", permissions=["operate"])
    @confirm_first("Revoke", _effects_of_revoking)
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """Revoke the selected invitations for good."""
        rows = list(queryset.order_by("pk"))
        done = sum(invitations.revoke_invitation(invitation=row, actor=get_actor(request)) for row in rows)
        self.say(request, done, "revoked")

    @action(
        description="Revoke",
        permissions=["operate"],
        icon="link_off",
        variant=ActionVariant.DANGER,
        dialog=ask("Revoke this invitation?", "Nobody comes in by it any more. Who came stays.", "Revoke"),
    )
    def revoke_this(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Revoke this invitation for good."""
        row = Invitation.objects.get(pk=object_id)
        self.say(request, int(invitations.revoke_invitation(invitation=row, actor=get_actor(request))), "revoked")
        return go_to(request, change_url(row))
