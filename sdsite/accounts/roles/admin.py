"""Parts of the admin of users: roles that are followed, and the last administrator who stays."""

from typing import Any

from django.contrib.auth.models import Group
from django.http import HttpRequest
from unfold.forms import UserChangeForm

from sdsite.accounts.models import Suspension
from sdsite.accounts.roles.deeds import ADMINISTRATOR
from sdsite.accounts.roles.membership import follow_roles, join_as_member, refuse_without_administrator


class PersonForm(UserChangeForm):
    """Form of a user, which keeps the last administrator one."""

    def clean(self) -> dict[str, Any]:
        """Refuse what would leave the site without an administrator."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not self._is_administrator(values):
            refuse_without_administrator(without=self.instance)
        return values

    def _is_administrator(self, values: dict[str, Any]) -> bool:
        """Tell whether the person would be one; fields that the form does not have stay as they are."""
        person = self.instance
        groups = values["groups"] if "groups" in values else person.groups.all()
        with_role = Group.objects.filter(role__key=ADMINISTRATOR, pk__in=[group.pk for group in groups]).exists()
        everything = values.get("is_superuser", person.is_superuser) or with_role
        return bool(everything and values.get("is_active", person.is_active))


class FollowsRoles:
    """Part of the admin of users: what follows from roles, and from letting somebody in again."""

    def save_related(self: Any, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Make new people members; make staff of those whose roles open the administration, and no longer."""
        before = [group.pk for group in form.initial.get("groups") or []]
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        if not change:
            join_as_member(form.instance)
        if form.instance.is_active:
            Suspension.objects.filter(user=form.instance).delete()
        follow_roles(user=form.instance, before=before)
