"""What the admin pages of every room share: the audit trail, read-only rows, and asking before acting."""

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_time
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter
from unfold.dataclasses import ActionDialog

from sdsite.accounts import audit
from sdsite.accounts.models import User


def get_actor(request: HttpRequest) -> User:
    """Return the person behind an admin request; the admin lets nobody else through."""
    if not isinstance(request.user, User):
        raise TypeError("an admin request without a person")
    return request.user


def can(request: HttpRequest, permission: str) -> bool:
    """Tell whether the person behind `request` holds `permission` ("app.verb_model")."""
    return get_actor(request).has_perm(permission)


def action_name(row: Model, verb: str) -> str:
    """Return the audit trail's name for a deed: "api_key.revoked"."""
    return f"{str(row._meta.verbose_name).lower().replace(' ', '_')}.{verb}"


class AuditedAdmin(ModelAdmin):
    """A model admin whose every addition, change and deletion is in the audit trail.

    Only names of changed fields are kept: values may be private. Verbs that write the trail themselves are left to it.
    """

    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True
    list_filter_sheet = False
    audited_elsewhere: tuple[str, ...] = ()

    def _record(self, request: HttpRequest, row: Model, verb: str, message: object = None) -> None:
        if verb in self.audited_elsewhere:
            return
        detail = {"changes": message} if isinstance(message, list) and message else {}
        audit.record(actor=get_actor(request), action=action_name(row, verb), target=row, **detail)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        """Record the addition in both histories."""
        self._record(request, obj, "created")
        entry: LogEntry = super().log_addition(request, obj, message)
        return entry

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        """Record the change in both histories, with the names of the changed fields."""
        self._record(request, obj, "changed", message)
        entry: LogEntry = super().log_change(request, obj, message)
        return entry

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[LogEntry]:
        """Record each deletion in both histories."""
        for row in queryset:
            self._record(request, row, "deleted")
        entries: list[LogEntry] = super().log_deletions(request, queryset)
        return entries

    def say(self, request: HttpRequest, done: int, sentence: str, *, left: int = 0, why: str = "") -> None:
        """Tell how many rows an action changed, and why the others were left."""
        if done:
            self.message_user(request, f"{done} {sentence}.", messages.SUCCESS)
        if left:
            self.message_user(request, f"{left} left as they are: {why}.", messages.WARNING)


class ReadOnlyAdmin(AuditedAdmin):
    """Rows that the site writes and people only read; whoever may change the model may use its actions."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody adds rows by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody edits rows by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes rows by hand."""
        return False

    def has_operate_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Tell whether the person may use the model's actions: those who hold its change permission."""
        return can(request, f"{self.opts.app_label}.change_{self.opts.model_name}")


class BetweenFilter(RangeDateTimeFilter):
    """Rows between two moments in the site's time zone; a day without a time means the whole day."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrow by whichever end is given and readable."""
        ends = {"gte": self._moment("from", time.min), "lte": self._moment("to", time.max)}
        return queryset.filter(**{f"{self.parameter_name}__{end}": at for end, at in ends.items() if at})

    def _moment(self, end: str, otherwise: time) -> datetime | None:
        day, hour = (str(self.used_parameters.get(f"{self.parameter_name}_{end}_{part}") or "") for part in (0, 1))
        try:
            date, at = parse_date(day), parse_time(hour)
        except ValueError:
            return None
        return timezone.make_aware(datetime.combine(date, at or otherwise)) if date else None


def filters_for(request: HttpRequest, *filters: Any, owner: str = "owner") -> list[Any]:
    """Return `filters` and, for those who may look people up, one by owner."""
    by_owner = [(owner, AutocompleteSelectFilter)] if can(request, "accounts.view_user") else []
    return [*filters, *by_owner]


def ask(title: str, description: str, button: str) -> ActionDialog:
    """Return the dialog that asks before an action; the action then runs on POST, guarded against forgery."""
    return {"title": title, "description": description, "form_class": None, "form_submit_text": button}


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to `url` after a dialog, whether the dialog was sent by htmx or as a plain form."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponse(status=303, headers={"Location": url})


def change_url(row: Model) -> str:
    """Return the address of a row's page in the admin."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def link(url: str, text: object) -> SafeString:
    """Return a link in the admin's own colour."""
    return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, text)


def chosen(queryset: QuerySet[Any]) -> list[Any]:
    """Return the selected rows in a stable order; the changelist's own order may be by a column that is changing."""
    return list(queryset.order_by("pk"))
