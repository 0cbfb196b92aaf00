"""Parts of a user's page in the admin: what they may do and why, and suspension for a time or for good."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from gallery.actions.moderation.suspensions import suspend_person
from sdsite.accounts.admin_base import can, change_url, get_actor
from sdsite.accounts.models import Suspension, User
from sdsite.accounts.roles.deeds import DeedRefused
from sdsite.accounts.roles.suspension import LONGEST_REASON, let_in_again
from sdsite.admin import effects
from sdsite.people.roles.explain import explain_limits, explain_permissions

PERMISSION = "accounts.suspend_user"
# Days -> label; "" has no end.
LENGTHS = (
    ("1", gettext_lazy("1 day")),
    ("7", gettext_lazy("7 days")),
    ("30", gettext_lazy("30 days")),
    ("", gettext_lazy("Until it is ended")),
)


class SuspensionForm(forms.Form):
    """Form of a suspension: for how long, and why."""

    days = forms.ChoiceField(
        label=gettext_lazy("For how long"),
        choices=LENGTHS,
        required=False,
        initial="7",
        widget=forms.Select(attrs={"class": "input"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=LONGEST_REASON,
        required=False,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )


class SuspendsPeople:
    """Part of the admin of users: suspending one of them, and what they may do."""

    change_form_outer_after_template = "admin/_person_reasons.html"

    def change_view(
        self: Any, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Add what the person may do, and why."""
        person = self.get_object(request, object_id)
        context = {**(extra_context or {})}
        if person is not None:
            context |= {"permissions": explain_permissions(person), "limits": explain_limits(person)}
            context["suspension"] = Suspension.objects.in_force().filter(user=person).select_related("by").first()
        return super().change_view(request, object_id, form_url, context)  # type: ignore[misc]

    def suspend_person(self: Any, person: User, actor: User) -> None:
        """Suspend somebody until it is ended, and write the decision down."""
        suspend_person(person=person, until=None, reason="", actor=actor)

    @action(description=gettext_lazy("Suspend"), permissions=["suspend"], url_path="suspend", icon="block")
    def suspend_this(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what a suspension would end; on POST suspend the person, or end the suspension."""
        person = self.get_object(request, object_id)
        if person is None:
            raise Http404
        form = SuspensionForm(request.POST or None)
        suspension = Suspension.objects.in_force().filter(user=person).first()
        if request.method == "POST" and "end" in request.POST and suspension is not None:
            _let_in_again(request, person)
            return redirect(change_url(person))
        if request.method == "POST" and form.is_valid() and _suspend(request, person, form):
            messages.success(request, _("%(person)s was suspended.") % {"person": person})
            return redirect(change_url(person))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Suspend %(person)s") % {"person": person},
            "opts": self.opts,
            "person": person,
            "form": form,
            "suspension": suspension,
            "effects": list(effects.of_suspending(User.objects.filter(pk=person.pk))),
        }
        return render(request, "admin/suspend.html", context, status=422 if form.errors else 200)

    def has_suspend_permission(self: Any, request: HttpRequest, object_id: Any = None) -> bool:
        """Those who may suspend people."""
        return can(request, PERMISSION)


def _let_in_again(request: HttpRequest, person: User) -> None:
    """End the suspension of a person, and say what came of it."""
    try:
        if let_in_again(user=person, actor=get_actor(request)):
            messages.success(request, _("%(person)s was let in again.") % {"person": person})
        else:
            messages.info(request, _("The suspension has ended; the account stays closed for another reason."))
    except DeedRefused as error:
        raise PermissionDenied(str(error)) from error


def _suspend(request: HttpRequest, person: User, form: SuspensionForm) -> bool:
    """Suspend a person as the form says; return whether it was done, with the reason against it in the form."""
    days = form.cleaned_data["days"]
    until = timezone.now() + timedelta(days=int(days)) if days else None
    try:
        reason = form.cleaned_data["reason"]
        suspend_person(person=person, until=until, reason=reason, actor=get_actor(request))
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    except DeedRefused as error:
        raise PermissionDenied(str(error)) from error
    return True
