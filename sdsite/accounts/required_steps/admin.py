"""Admin of the terms of use: versions with who accepted them, and publishing a new one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldBooleanSwitchWidget

from sdsite.accounts.admin_base import ReadOnlyAdmin, can, filters_for, get_actor
from sdsite.accounts.models import SecondFactorRole, TermsAcceptance, TermsVersion
from sdsite.accounts.required_steps.second_factor import require_second_factor
from sdsite.accounts.required_steps.terms import current_terms, publish_terms


class GroupForm(forms.ModelForm):
    """Form of a group, with the tick that asks its members for a second factor."""

    second_factor = forms.BooleanField(
        label="Requires a second factor",
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text="Members without a passkey or an app with codes see only the page that sets one up.",
    )

    class Meta:
        """Django's fields."""

        model = Group
        fields = ("name", "permissions")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Tick it where it is asked for."""
        super().__init__(*args, **kwargs)
        if self.instance.pk and "second_factor" in self.fields:
            self.fields["second_factor"].initial = SecondFactorRole.objects.filter(group=self.instance).exists()


class AsksForSecondFactor:
    """Part of the admin of groups: the tick of `GroupForm`."""

    form: Any = GroupForm

    def save_related(self: Any, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Ask the members for a second factor, or no longer."""
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        required = form.cleaned_data.get("second_factor", False)
        require_second_factor(form.instance, required=required, actor=get_actor(request))


class TermsVersionForm(forms.ModelForm):
    """Form of a new version, which begins with the text that holds."""

    class Meta:
        """The text alone; the site gives the number."""

        model = TermsVersion
        fields = ("text",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with the present text."""
        super().__init__(*args, **kwargs)
        current = current_terms()
        if current is not None and "text" in self.fields:
            self.fields["text"].initial = current.text

    def clean_text(self) -> str:
        """Refuse the text that holds already."""
        text = self.cleaned_data["text"].strip().replace("\r\n", "\n")
        current = current_terms()
        if text == (current.text if current else ""):
            raise ValidationError("This is the text that holds already.")
        return text


@admin.register(TermsVersion)
class TermsVersionAdmin(ReadOnlyAdmin):
    """Versions of the terms of use; a new one is asked of everybody at their next page."""

    form = TermsVersionForm
    list_display = ("__str__", "published_at", "published_by", "people")
    list_select_related = ("published_by",)
    audited_elsewhere = ("created",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TermsVersion]:
        """Count who accepted each."""
        rows: QuerySet[TermsVersion] = super().get_queryset(request)
        return rows.annotate(people_count=Count("acceptances"))

    @display(description="Accepted by")
    def people(self, row: Any) -> str:
        """Return how many people accepted it."""
        return f"{row.people_count:,}"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show all of a version, and ask for the text of a new one."""
        return ("number", "text", "published_at", "published_by") if obj else ("text",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may add versions."""
        return can(request, "accounts.add_termsversion")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Publish the version."""
        made = publish_terms(form.cleaned_data["text"], actor=get_actor(request))
        obj.pk, obj.number = made.pk, made.number


@admin.register(TermsAcceptance)
class TermsAcceptanceAdmin(ReadOnlyAdmin):
    """Who accepted which version of the terms, and when."""

    list_display = ("user", "version", "at")
    list_select_related = ("user", "version")
    search_fields = ("user__username",)
    fields = ("user", "version", "at")

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Filter by version, and by person where the administrator may view users."""
        return filters_for(request, "version", owner="user")
