"""Admin of styles, presets and wildcard lists, which can be uploaded as text files."""

from pathlib import PurePath
from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminFileFieldWidget

from generation.models import Preset, Style, Wildcard
from generation.models.wildcard import MOST_CHARACTERS
from sdsite.accounts.admin_base import AuditedAdmin, filters_for


class SavedAdmin(AuditedAdmin):
    """Base of styles and presets; a row without an owner is shared with all users."""

    list_display = ("name", "whose", "created_at")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__username")
    autocomplete_fields = ("owner",)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Return the filters: owner, for those who may see users."""
        return filters_for(request)

    @display(description="Owner", ordering="owner__username")
    def whose(self, row: Style | Preset) -> str:
        """Return the owner, or that it is shared."""
        return row.owner.get_username() if row.owner else "shared with everybody"


@admin.register(Style)
class StyleAdmin(SavedAdmin):
    """Styles: prompts that others are put into."""

    fields = ("name", "owner", "prompt", "negative_prompt")


@admin.register(Preset)
class PresetAdmin(SavedAdmin):
    """Presets: saved parameters under a name."""

    fields = ("name", "owner", "parameters")


class WildcardForm(forms.ModelForm):
    """Form of a wildcard; an uploaded text file replaces the lines, and the name where that is blank."""

    file = forms.FileField(
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text="A .txt file in UTF-8, one entry a line; it replaces the lines.",
    )

    class Meta:
        """The fields of the form."""

        model = Wildcard
        fields = ("name", "lines", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Let name and lines be blank: they come from the file."""
        super().__init__(*args, **kwargs)
        for name in ("name", "lines"):
            self.fields[name].required = self.fields[name].widget.is_required = False

    def clean(self) -> dict[str, Any]:
        """Take name and lines from the file, where there is one."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if file := cleaned.get("file"):
            self._take_file(cleaned, file)
        for name in ("name", "lines"):
            if not self.errors and not cleaned.get(name):
                self.add_error(name, "Write this, or choose a file.")
        return cleaned

    def _take_file(self, cleaned: dict[str, Any], file: Any) -> None:
        if file.size > 4 * MOST_CHARACTERS:
            self.add_error("file", f"A wildcard file must be at most {MOST_CHARACTERS:,} characters.")
            return
        try:
            cleaned["lines"] = file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            self.add_error("file", "This is no text in UTF-8.")
            return
        cleaned["name"] = cleaned.get("name") or PurePath(file.name).stem


@admin.register(Wildcard)
class WildcardAdmin(AuditedAdmin):
    """Wildcards. A change holds from the next request on; queued jobs keep their choices."""

    form = WildcardForm
    list_display = ("__str__", "entries", "enabled", "created_at")
    list_filter = ("enabled",)
    search_fields = ("name",)
    fields = ("name", "file", "lines", "enabled")
    actions = ("enable", "disable")

    @action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Wildcard]) -> None:
        """Enable the selected wildcards."""
        self._set_enabled(request, queryset, True)

    @action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Wildcard]) -> None:
        """Disable the selected wildcards."""
        self._set_enabled(request, queryset, False)

    @transaction.atomic
    def _set_enabled(self, request: HttpRequest, queryset: QuerySet[Wildcard], enabled: bool) -> None:
        rows = list(queryset.exclude(enabled=enabled))
        Wildcard.objects.filter(pk__in=[row.pk for row in rows]).update(enabled=enabled)
        for row in rows:
            self._record(request, row, "enabled" if enabled else "disabled")
        self.say(request, len(rows), "enabled" if enabled else "disabled")
