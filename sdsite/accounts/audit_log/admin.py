"""Admin page of the audit log: filter, search, look, export; nobody changes it."""

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import TextFilter
from unfold.decorators import action, display

from sdsite.accounts.admin_base import BetweenFilter, ReadOnlyAdmin
from sdsite.accounts.audit.reading import json_lines, search_events
from sdsite.accounts.models import AuditEvent


class ExactFilter(TextFilter):
    """Filter of the events that have exactly this value in the column `parameter_name`, by its index."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the events with the value."""
        value = (self.value() or "").strip()
        return queryset.filter(**{self.parameter_name: value}) if value else queryset


def exactly(column: str, name: str) -> type[ExactFilter]:
    """Return the filter by `column`, called `name`."""
    return type(f"{column}_filter", (ExactFilter,), {"title": name, "parameter_name": column})


FILTERS = (
    ("at", BetweenFilter),
    exactly("actor_name", "user name"),
    exactly("action", "action"),
    exactly("target", "target"),
    exactly("address", "address"),
    exactly("key_lookup", "look-up part of the key"),
)
SHOWN = ("at", "who", "action", "target", "address", "shown_key", "door")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """The audit log, which is never changed."""

    list_display = SHOWN
    list_filter = FILTERS
    search_fields = ("target",)  # shows the field; `get_search_results` searches
    search_help_text = "User name, action, target, address or look-up part of a key, or its beginning"
    fields = (*SHOWN, "values_before", "values_after", "values")
    readonly_fields = fields
    actions = ("export_selected",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """Return what the text finds at a bounded cost, and say so if there may be more."""
        text = search_term.strip()
        if not text:
            return queryset, False
        found, has_more = search_events(queryset, text)
        if has_more:
            self.message_user(request, "There are more; filter by the whole value or by time.", messages.INFO)
        return found, False

    @action(description="Export as JSON lines", permissions=["view"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> StreamingHttpResponse:
        """Return the selected events as JSON, one a line; all that match, if all are selected."""
        answer = StreamingHttpResponse(json_lines(queryset), content_type="application/x-ndjson")
        answer["Content-Disposition"] = 'attachment; filename="audit.jsonl"'
        return answer

    @display(description="Who", ordering="actor_name")
    def who(self, event: AuditEvent) -> str:
        """Return the user name, also of who is deleted by now."""
        return event.actor_name or "the site"

    @display(description="Key")
    def shown_key(self, event: AuditEvent) -> str:
        """Return name and look-up part of the API key."""
        return f"{event.key_name} ({event.key_lookup})" if event.key_lookup else ""

    @display(description="Before")
    def values_before(self, event: AuditEvent) -> SafeString | str:
        """Return the values before the change."""
        return _pretty(event.before)

    @display(description="After")
    def values_after(self, event: AuditEvent) -> SafeString | str:
        """Return the values after the change."""
        return _pretty(event.after)

    @display(description="Detail")
    def values(self, event: AuditEvent) -> SafeString | str:
        """Return what else is known."""
        return _pretty(event.detail)


def _pretty(value: Any) -> SafeString | str:
    if value in (None, {}):
        return ""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    return format_html('<pre class="whitespace-pre-wrap">{}</pre>', text)
