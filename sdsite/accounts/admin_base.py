"""Base classes and helpers of all admin pages: audit log, read-only rows, confirmation dialogs."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, time
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_time
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter
from unfold.dataclasses import ActionDialog
from unfold.decorators import display

from sdsite.accounts import audit
from sdsite.accounts.audit.form_values import changed_values
from sdsite.accounts.changelists import paginator
from sdsite.accounts.changelists.paginator import BoundedPaginator
from sdsite.accounts.changelists.remembered import recall
from sdsite.accounts.models import User


def get_actor(request: HttpRequest) -> User:
    """Return the user of an admin request."""
    if not isinstance(request.user, User):
        raise TypeError("an admin request without a user")
    return request.user


def can(request: HttpRequest, permission: str) -> bool:
    """Tell whether the user of `request` holds `permission` ("app.verb_model")."""
    return get_actor(request).has_perm(permission)


def action_name(row: Model, verb: str) -> str:
    """Return the action name of the audit log, such as "api_key.revoked"."""
    return f"{str(row._meta.verbose_name).lower().replace(' ', '_')}.{verb}"


REMEMBERED = "The filters are those of last time; open the list once more to see all."
Neighbours = Iterator[tuple[str, SafeString]]


class AuditedAdmin(ModelAdmin):
    """Model admin that records every addition, change and deletion in the audit log.

    Of changed fields the names are recorded, and values before and after but those of free text, which may be private.
    `audited_elsewhere` lists verbs whose functions write to the log themselves.
    """

    list_per_page = 50
    show_full_result_count = False
    list_filter_submit = True
    list_filter_sheet = False
    paginator: Any = BoundedPaginator
    audited_elsewhere: tuple[str, ...] = ()
    # Returns sentences on what deleting rows would do, and the numbers of rows by kind; None: Django lists them.
    effects_of_deleting: Callable[[Any], tuple[list[str], dict[str, int]]] | None = None

    def _record(self, request: HttpRequest, row: Model, verb: str, message: object = None) -> None:
        if verb in self.audited_elsewhere:
            return
        detail = {"changes": message} if isinstance(message, list) and message else {}
        before, after = getattr(request, "changed_values", None) or (None, None)
        audit.record(
            actor=get_actor(request),
            action=action_name(row, verb),
            target=row,
            before=before or None,
            after=after or None,
            **detail,
        )

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Return the names of the changed fields; their values are kept with the request until it is recorded."""
        request.changed_values = None if add else changed_values(form)  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)

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

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what a deletion takes in numbers, where `effects_of_deleting` counts them; no page could list all."""
        counted = type(self).effects_of_deleting
        if counted is None:
            return super().get_deleted_objects(objs, request)
        said, numbers = counted(self.model._default_manager.filter(pk__in=[row.pk for row in objs]))
        return [*said], numbers, set(), []

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Run an action of the list; deletions and their entries are one transaction, as on the page of one row.

        Who selects all acts on as many as the list counts and names, the first of its order.
        """
        if request.POST.get("select_across") == "1":
            queryset = queryset.filter(pk__in=queryset.values("pk")[: paginator.MOST_COUNTED])
        if request.POST.get("action") != "delete_selected":
            return super().response_action(request, queryset)
        with transaction.atomic():
            return super().response_action(request, queryset)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Show the list; who comes back to it finds the filters as they were."""
        if filters := recall(request):
            self.message_user(request, REMEMBERED, messages.INFO)
            return redirect(f"{request.path}?{filters}")
        return super().changelist_view(request, extra_context)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return a row with the request, for `related`: whoever looks decides which links there are."""
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.seen_in = request
        return found

    def neighbours(self, row: Any) -> Neighbours:
        """Yield what belongs to a row: the permission to view it, and a link."""
        yield from ()

    @display(description="See also")
    def related(self, row: Any) -> SafeString:
        """Return the links to its neighbours that the user may follow; a field of those that name it."""
        request = getattr(row, "seen_in", None)
        shown = [(found,) for permission, found in self.neighbours(row) if request and can(request, permission)]
        return format_html_join(" · ", "{}", shown) or SafeString("–")

    def say(self, request: HttpRequest, done: int, sentence: str, *, left: int = 0, why: str = "") -> None:
        """Show how many rows an action changed, and why it left others unchanged."""
        if done:
            self.message_user(request, f"{done} {sentence}.", messages.SUCCESS)
        if left:
            self.message_user(request, f"{left} unchanged: {why}.", messages.WARNING)


class ReadOnlyAdmin(AuditedAdmin):
    """Model admin of rows that only the site writes; its actions need the model's change permission."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows are not added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows are not edited by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows are not deleted by hand."""
        return False

    def has_operate_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Tell whether the user may use the model's actions, which need its change permission."""
        return can(request, f"{self.opts.app_label}.change_{self.opts.model_name}")


class BetweenFilter(RangeDateTimeFilter):
    """Filter of rows between two times in the site's time zone; a date without a time means the whole day."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows within the ends that are given and valid."""
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
    """Return `filters`, and one by owner where the user may view users."""
    by_owner = [(owner, AutocompleteSelectFilter)] if can(request, "accounts.view_user") else []
    return [*filters, *by_owner]


def ask(title: str, description: str, button: str) -> ActionDialog:
    """Return a confirmation dialog; the action then runs on POST with a CSRF token."""
    return {"title": title, "description": description, "form_class": None, "form_submit_text": button}


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Redirect the browser to `url` after a dialog, which was sent by htmx or as a plain form."""
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponse(status=303, headers={"Location": url})


def confirm_first(button: str, effects: Callable[[Any], Iterable[str]]) -> Callable[[Any], Any]:
    """Decorate an action of a list so that a page first says in numbers what it will do, and has `button` for it.

    `effects` takes the selected rows and yields sentences.
    """

    def decorate(run: Any) -> Any:
        @wraps(run)
        def act(admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
            if "confirmed" in request.POST:
                return run(admin, request, queryset)
            context = {
                **admin.admin_site.each_context(request),
                "title": f"{button}?",
                "opts": admin.opts,
                "effects": list(effects(queryset.order_by())),
                "button": button,
                "action": request.POST.get("action", ""),
                "across": request.POST.get("select_across", "0"),
                "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            }
            return TemplateResponse(request, "admin/confirm_action.html", context)

        return act

    return decorate


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun; `many` where the plural has no plain s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def change_url(row: Model) -> str:
    """Return the URL of a row's admin page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def link(url: str, text: object, *, in_sentence: bool = False) -> SafeString:
    """Return a link in the admin's own colour, underlined among other words: not everybody sees the colour."""
    line = " underline" if in_sentence else ""
    return format_html('<a class="text-primary-600 dark:text-primary-500{}" href="{}">{}</a>', line, url, text)


def list_link(model: str, text: str, **query: Any) -> SafeString:
    """Return a link to the list of `model` ("app_model"), filtered by `query`."""
    return link(f"{reverse(f'admin:{model}_changelist')}?{urlencode(query)}", text)


def chosen(queryset: QuerySet[Any]) -> list[Any]:
    """Return the selected rows in a stable order; the changelist's own order may be by a column that is changing."""
    return list(queryset.order_by("pk"))
