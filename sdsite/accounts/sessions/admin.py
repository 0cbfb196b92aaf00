"""Admin of sessions: where people are logged in, ending one, and logging a person out everywhere."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display

from sdsite.accounts.admin_base import ReadOnlyAdmin, chosen, confirm_first, count, get_actor
from sdsite.accounts.models import User, UserSession
from sdsite.accounts.sessions.agents import browser_of, system_of
from sdsite.accounts.sessions.ending import end_session, end_sessions


def _effects_of_ending(rows: QuerySet[UserSession]) -> list[str]:
    people = count(rows.values("user").distinct().count(), "person", "people")
    return [f"{count(rows.count(), 'session')} of {people} end at once; API keys stay."]


@admin.register(UserSession)
class UserSessionAdmin(ReadOnlyAdmin):
    """Sessions of people. Whoever may change users ends those of users that they may change."""

    list_display = ("user", "device", "address", "began_at", "used_at", "state")
    list_filter = (("user", AutocompleteSelectFilter),)
    list_select_related = ("user", "session")
    search_fields = ("user__username", "address")
    fields = ("user", "device", "user_agent", "address", "began_at", "used_at", "state")
    actions = ("end_selected",)

    @display(description="Device")
    def device(self, row: UserSession) -> str:
        """Return browser and system."""
        return " · ".join(filter(None, (browser_of(row.user_agent), system_of(row.user_agent)))) or "unknown"

    @display(description="State", label={"open": "success", "ended": "warning"})
    def state(self, row: UserSession) -> str:
        """Return whether it still opens anything."""
        return "open" if UserSession.objects.visible_to(row.user).filter(pk=row.pk).exists() else "ended"

    @action(description="End", permissions=["operate"])
    @confirm_first("End", _effects_of_ending)
    def end_selected(self, request: HttpRequest, queryset: QuerySet[UserSession]) -> None:
        """Log the selected devices out."""
        done = left = 0
        for row in chosen(queryset.select_related("user")):
            if may_log_out(get_actor(request), row.user):
                done += end_session(row, actor=get_actor(request))
            else:
                left += 1
        self.say(request, done, "ended", left=left, why="only superusers end those of staff")


def may_log_out(actor: User, user: User) -> bool:
    """Tell whether `actor`, who may change users, may end the sessions of `user`."""
    return actor.is_superuser or actor == user or not (user.is_staff or user.is_superuser)


class LogsPeopleOut:
    """Part of the admin of users: the action that logs people out everywhere, and changing a password."""

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Change a password, in one transaction with its entry of the audit log."""
        with transaction.atomic():
            answer: HttpResponse = super().user_change_password(request, id, form_url)  # type: ignore[misc]
        return answer

    @action(description="Log out everywhere", permissions=["change"])
    def log_out(self: Any, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End all sessions of the selected users, but for the one of this page; their keys stay."""
        actor = get_actor(request)
        people = chosen(queryset)
        allowed = [user for user in people if may_log_out(actor, user)]
        for user in allowed:
            end_sessions(user, actor=actor, keep=request if user == actor else None)
        self.say(
            request, len(allowed), "logged out", left=len(people) - len(allowed), why="only superusers log out staff"
        )
