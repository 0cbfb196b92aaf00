"""Admin site: sign-in, content security policy, and the admin of users with what deleting one removes."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.decorators import secure_admin_login
from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django import forms
from django.contrib import admin, messages
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.defaults import permission_denied
from django_rq.models import Dashboard
from unfold.decorators import action

from generation.jobs.use_reset import reset_use
from sdsite.accounts.admin import PeopleAdmin
from sdsite.accounts.admin_base import Neighbours, chosen, confirm_first, get_actor, link, list_link
from sdsite.accounts.api_keys import revoke_key
from sdsite.accounts.models import ApiKey, User
from sdsite.admin import effects
from sdsite.admin.people import SuspendsPeople
from sdsite.people.hand_over import hand_over
from sdsite.people.removal import count_belongings, remove_person

# The theme's Alpine.js evaluates expressions and its templates set styles; see docs/decisions/0002-admin-csp.md.
ADMIN_POLICY = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}

# The pages of django-rq can run and show pickled calls, and two of them have a log-in of their own.
if admin.site.is_registered(Dashboard):
    admin.site.unregister(Dashboard)

# Two-factor sign-in and log-in limits hold for administrators too.
_secure_login = secure_admin_login(admin.site.login)


def _login(request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
    try:
        response: HttpResponseBase = _secure_login(request, extra_context)
    except PermissionDenied as error:  # a person who is no staff; Django would log a traceback
        return permission_denied(request, error)
    return response


admin.site.login = _login  # type: ignore[method-assign, assignment]


def view_on_site(request: HttpRequest, content_type_id: str, object_id: str) -> HttpResponseBase:
    """Redirect to the page of an object, as Django does; 404 for types without a table, and for impossible ids."""
    try:
        model = ContentType.objects.get(pk=content_type_id).model_class()
        if model is None or not model._meta.managed:
            raise Http404
        return shortcut(request, int(content_type_id), object_id)
    except (ContentType.DoesNotExist, ValueError, ValidationError) as error:
        raise Http404 from error


_plain_admin_view = admin.site.admin_view


def _admin_view(view: Any, cacheable: bool = False) -> Any:
    return csp_update(ADMIN_POLICY)(_plain_admin_view(view, cacheable))


admin.site.admin_view = _admin_view  # type: ignore[method-assign]


class HandOverForm(forms.Form):
    """Form of handing over: to whom."""

    to = forms.ModelChoiceField(
        label="To",
        queryset=User.objects.filter(is_active=True),
        to_field_name="username",
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
        error_messages={"invalid_choice": "There is no such user who is not suspended."},
    )


@admin.register(User)
class UserAdmin(SuspendsPeople, PeopleAdmin):
    """Users, and the deletion of a user with jobs and images."""

    actions_detail = ("suspend_this", "hand_over_this")
    actions: tuple[str, ...] = (*PeopleAdmin.actions, "revoke_keys", "reset_use")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add the links to what is theirs."""
        more = [("See also", {"fields": ("related",)})] if obj is not None else []
        return [*super().get_fieldsets(request, obj), *more]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The links are no fields of the form."""
        return (*super().get_readonly_fields(request, obj), "related")

    def neighbours(self, row: User) -> Neighbours:
        """Yield links to jobs, images, keys, sessions, limits, decisions and entries of the audit log."""
        theirs = {"owner__id__exact": row.pk}
        yield "generation.view_job", list_link("generation_job", "Jobs", **theirs)
        yield "gallery.view_image", list_link("gallery_image", "Images", **theirs)
        yield "gallery.view_collection", list_link("gallery_collection", "Collections", **theirs)
        yield "gallery.view_upload", list_link("gallery_upload", "Uploads", **theirs)
        yield "accounts.view_apikey", list_link("accounts_apikey", "API keys", **theirs)
        yield "accounts.view_usersession", list_link("accounts_usersession", "Sessions", user__id__exact=row.pk)
        yield "generation.view_share", list_link("generation_share", "Fair-share usage", **theirs)
        yield "gallery.view_report", list_link("gallery_report", "Reports by them", reporter__id__exact=row.pk)
        decided = f"{reverse('moderation_decided')}?{urlencode({'person': row.username})}"
        yield "gallery.moderate_image", link(decided, "Decisions about them")
        yield "accounts.view_auditevent", list_link("accounts_auditevent", "What they did", actor__id__exact=row.pk)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what a deletion takes in numbers, whose rows no page could list, and which permissions it lacks.

        Jobs, keys and what else cannot be deleted by hand is deleted with its owner.
        """
        people = list(objs)
        lacking = effects.lacking_to_delete(request, people)
        if not all(self.has_delete_permission(request, person) for person in people):
            lacking.add("users")
        return (*effects.of_deleting(people), lacking, [])

    @action(description="Suspend", permissions=["change"])
    @confirm_first("Suspend", effects.of_suspending)
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Suspend the selected users, having said what ends with that."""
        super().deactivate(request, queryset)

    @action(description="Log out everywhere", permissions=["change"])
    @confirm_first("Log out everywhere", effects.of_logging_out)
    def log_out(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End all sessions of the selected users, having said how many."""
        super().log_out(request, queryset)

    @action(description="Revoke API keys", permissions=["change"])
    @confirm_first("Revoke API keys", effects.of_revoking_keys)
    def revoke_keys(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Revoke all usable keys of the selected users; their sessions stay."""
        people = [user for user in chosen(queryset) if self._may_manage(request, user)]
        keys = chosen(ApiKey.objects.usable().filter(owner__in=people))
        for key in keys:
            revoke_key(key=key, actor=get_actor(request))
        left = queryset.count() - len(people)
        self.say(request, len(keys), "keys revoked", left=left, why="only superusers change staff")

    @action(description="Reset today's use", permissions=["change"])
    @confirm_first("Reset today's use", effects.of_resetting_use)
    def reset_use(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Count nothing that the selected users used until now towards their limits of a day."""
        people = chosen(queryset)
        seconds = [reset_use(user=user, actor=get_actor(request)) for user in people]
        done = sum(1 for used in seconds if used)
        self.say(
            request, done, f"reset, {sum(seconds):,.0f} s of GPU time", left=len(people) - done, why="no use today"
        )

    @action(description="Hand over", permissions=["hand_over"], url_path="hand-over", icon="move_item")
    def hand_over_this(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Show what the user has; on POST give it to another person and delete the account."""
        person = self.get_object(request, object_id)
        if person is None:
            raise Http404
        form = HandOverForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                hand_over(person, to=form.cleaned_data["to"], actor=get_actor(request))
            except ValidationError as error:
                form.add_error("to", error)
            else:
                self.message_user(request, f"{person} was handed over to {form.cleaned_data['to']}.", messages.SUCCESS)
                return redirect("admin:accounts_user_changelist")
        context = {"title": f"Hand over {person}", "opts": self.opts, "person": person, "form": form}
        counts = count_belongings(person)
        return render(request, "admin/hand_over.html", {**self.admin_site.each_context(request), **context, **counts})

    def has_hand_over_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Only superusers, who may delete the user: what was private is seen by the other person."""
        person = self.get_object(request, object_id)
        return get_actor(request).is_superuser and self.has_delete_permission(request, person)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Cancel the user's jobs, delete images and files, then the account."""
        try:
            remove_person(obj, actor=get_actor(request))
        except ValidationError as error:  # the last administrator, because another one was deleted meanwhile
            raise PermissionDenied(" ".join(error.messages)) from error

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete users one after the other, as `delete_model` does."""
        for user in queryset:
            self.delete_model(request, user)
