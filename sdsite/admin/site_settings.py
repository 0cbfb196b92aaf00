"""Admin page of the site settings: every choice about the whole site, in groups, saved together."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from gallery.imaging.open_image import UnusableImage, open_image
from generation.models import Checkpoint, RoleLimits
from generation.queue.state import PERMISSION as QUEUE_PERMISSION
from generation.serializers.site import LOGO_SIDE, logo_url
from sdsite.accounts.admin_base import AuditedAdmin, can, change_url, get_actor, link
from sdsite.accounts.models import SignupMode, SiteSettings
from sdsite.accounts.models.site import DIALECTS
from sdsite.configuration import changes, logo

MAINTENANCE = ("maintenance", "maintenance_message", "maintenance_until")
NUMBERS = ("most_queued", "most_images", "most_steps", "most_seconds_a_day")


class SiteSettingsForm(forms.ModelForm):
    """Form of all settings of `sdsite.configuration.changes`; what nobody touched is not sent on.

    Each field carries the value that was shown, so that two people who save the page after each other change what each
    of them has touched and nothing else.
    """

    may_switch = True  # whether maintenance may be switched; set for each request

    logo_file = forms.FileField(
        label="Logo",
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text="PNG, JPEG, WebP, GIF or AVIF, at most 2 MB; it becomes a square.",
    )
    remove_logo = forms.BooleanField(label="Remove the logo", required=False, widget=UnfoldBooleanSwitchWidget)
    signup_mode = forms.ChoiceField(label="Sign-up", choices=SignupMode.choices, widget=UnfoldAdminSelectWidget)
    default_checkpoint = forms.ChoiceField(
        required=False, widget=UnfoldAdminSelectWidget, help_text="Used when a request names no checkpoint."
    )
    safety = forms.ChoiceField(
        label="Flagged images",
        required=False,
        choices=[("", "Put under review (nothing chosen)"), *RoleLimits.Safety.choices],
        widget=UnfoldAdminSelectWidget,
        help_text="Of people without a role that says otherwise. SDSITE_SAFETY chooses the checker.",
    )
    dialects = forms.MultipleChoiceField(
        required=False,
        choices=list(DIALECTS.items()),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="Those that are off answer as an unknown address does, at once.",
    )
    maintenance = forms.BooleanField(
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="New jobs, uploads and imports are refused, queued jobs run. Switching it off opens the queue.",
    )
    maintenance_message = forms.CharField(
        label="Message",
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text="Shown on every page and to programs that are refused.",
    )
    maintenance_until = forms.SplitDateTimeField(
        label="Expected to end",
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text="Nothing happens by itself then. Empty: nobody knows.",
    )

    class Meta:
        """The columns among the settings."""

        model = SiteSettings
        fields = tuple(name for name in changes.CHANGEABLE)
        widgets = {"announcement": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Start from what holds; what the environment fixes is shown and cannot be changed."""
        super().__init__(*args, **kwargs)
        self.initial.update(changes.held())
        chosen = self.initial["default_checkpoint"]
        offered = Checkpoint.objects.enabled().values_list("slug", "title")
        choices = [("", "The first by title"), *offered]
        if chosen not in dict(choices):
            choices.append((chosen, f"{chosen} (disabled)"))
        self.fields["default_checkpoint"].choices = choices  # type: ignore[attr-defined]
        for name, variable in changes.fixed().items():
            self.fields[name].disabled = True
            self.fields[name].help_text = f"Fixed by {variable}; remove it there to choose here."
        for name in MAINTENANCE if not self.may_switch else ():
            self.fields[name].disabled = True
        for field in self.fields.values():
            field.show_hidden_initial = not field.disabled and not isinstance(field, forms.FileField)

    def wanted(self) -> dict[str, Any]:
        """Return the settings that were touched, with their new values."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in changes.NAMES}

    def clean_logo_file(self) -> bytes | None:
        """Return the bytes of a usable image, None without one."""
        sent = self.cleaned_data["logo_file"]
        if not sent:
            return None
        if sent.size > logo.MOST_BYTES:
            raise ValidationError(f"The logo must be at most {logo.MOST_BYTES // 2**20} MB as a file.")
        data: bytes = sent.read()
        try:
            open_image(data, most_bytes=logo.MOST_BYTES)
        except UnusableImage as error:
            raise ValidationError(str(error)) from error
        return data

    def clean(self) -> dict[str, Any]:
        """Give each setting that contradicts another its sentence."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        touched = {name: cleaned[name] for name in self.changed_data if name in changes.NAMES and name in cleaned}
        try:
            changes.refuse_contradictions(touched)
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                self.add_error(name, sentences)
        return cleaned


@admin.register(SiteSettings)
class SiteSettingsAdmin(AuditedAdmin):
    """The one page of all settings; `sdsite.configuration.changes` changes them and writes the audit log."""

    form = SiteSettingsForm
    audited_elsewhere = ("changed",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one row; none can be added."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There is one row; it cannot be deleted."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may change it."""
        return self.has_change_permission(request, obj)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Redirect to the one row, created on first use."""
        row, _ = SiteSettings.objects.get_or_create(pk=1)
        return redirect(change_url(row))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form of somebody who may or may not switch maintenance."""
        form = super().get_form(request, obj, change, **kwargs)
        return type("SiteSettingsFormOfRequest", (form,), {"may_switch": can(request, QUEUE_PERMISSION)})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the groups, each with links to what belongs to it."""
        return (
            ("Name and logo", {"fields": ("name", "logo_file", "remove_logo"), "description": _logo(obj)}),
            ("Coming in", {"fields": ("signup_mode",), "description": _links(request, "signup")}),
            (
                "Generating",
                {"fields": (("default_checkpoint", "speed_mode"), "safety"), "description": _limits(request)},
            ),
            ("APIs of other programs", {"fields": ("dialects", "strict_models")}),
            (
                "How long things are kept",
                {
                    "fields": (
                        ("trash_days", "uploads_days"),
                        ("jobs_days", "deliveries_days"),
                        ("deletion_days", "audit_days"),
                        ("rule_hits_days", "rule_facts_days"),
                    )
                },
            ),
            ("Announcement", {"fields": ("announcement", "severity", "announced_until")}),
            ("Maintenance", {"fields": (*MAINTENANCE,)}),
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Change what was touched, in one transaction with one entry of the audit log."""
        wanted = form.wanted()
        if form.cleaned_data["logo_file"]:
            wanted["logo"] = logo.store_logo(form.cleaned_data["logo_file"])
        elif form.cleaned_data["remove_logo"]:
            wanted["logo"] = ""
        changes.change(actor=get_actor(request), changes=wanted)


# Group -> (label, name of the list, permission to see it).
LINKS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "signup": (
        ("Requests", "accounts_signuprequest", "accounts.view_signuprequest"),
        ("Invitations", "accounts_invitation", "accounts.view_invitation"),
        ("Terms of use", "accounts_termsversion", "accounts.view_termsversion"),
    ),
}


def _links(request: HttpRequest, group: str) -> SafeString:
    shown = [row for row in LINKS[group] if can(request, row[2])]
    return format_html_join(
        " · ", "{}", ((link(reverse(f"admin:{name}_changelist"), label),) for label, name, _permission in shown)
    )


def _logo(row: SiteSettings | None) -> SafeString | str:
    """Return the logo that the site has; nothing without one."""
    url = logo_url(row.logo, LOGO_SIDE) if row else None
    shown = '<img class="sdsite-thumbnail" src="{}" alt="The logo" width="36" height="36">'
    return format_html(shown, url) if url else ""


def _limits(request: HttpRequest) -> SafeString | str:
    """Return the main limits of people without a role, and a link to all of them."""
    if not can(request, "generation.view_rolelimits"):
        return ""
    row = RoleLimits.objects.filter(group=None).first()
    page = change_url(row) if row else reverse("admin:generation_rolelimits_changelist")
    chosen = [(name.replace("_", " "), getattr(row, name)) for name in NUMBERS] if row else []
    numbers = ", ".join(f"{name} {value}" for name, value in chosen if value is not None) or "no limit"
    return format_html(
        "Limits of people without a role: {}. {}", numbers, link(page, "Change limits", in_sentence=True)
    )
