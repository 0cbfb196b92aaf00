"""Admin of groups, and the deletion of one with what it takes from its members."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from sdsite.accounts.admin_base import AuditedAdmin, Neighbours, chosen, get_actor, link
from sdsite.accounts.models import Role
from sdsite.accounts.required_steps import admin as steps_admin
from sdsite.people.roles.delete import delete_role, uses_of

MOST_NAMED = 10

if admin.site.is_registered(Group):  # Django's own
    admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(steps_admin.AsksForSecondFactor, DjangoGroupAdmin, AuditedAdmin):
    """Groups of permissions; only superusers change what a group may do."""

    readonly_fields = ("related",)
    audited_elsewhere = ("deleted",)

    def neighbours(self, row: Group) -> Neighbours:
        """Yield the page of all roles, with their limits."""
        matrix = reverse("admin:accounts_role_changelist")
        yield "accounts.manage_roles", link(matrix, "permissions and limits of all roles")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only superusers."""
        return get_actor(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only superusers: the permissions of a group hold for all its members."""
        return get_actor(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only superusers."""
        return get_actor(request).is_superuser

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what a deletion takes in numbers; roles that come with the site, or that rules bind, are protected."""
        groups = list(objs)
        said, protected = [], []
        for group in groups:
            uses, role = uses_of(group), Role.objects.filter(group=group).first()
            if role is not None and role.key is not None:
                protected.append(f"{role} comes with the site")
            elif uses.rules:
                protected.append(f"{group}: {uses.sentences()['rules']} would bind everybody without it")
            else:
                used = ", ".join(uses.sentences().values())
                said.append(f"{group}: {used or 'nobody has it'}")
        said = [*said[:MOST_NAMED], *([f"and {len(said) - MOST_NAMED:,} more"] if len(said) > MOST_NAMED else [])]
        if said:
            said.append("Members without another role may do what members may; its limits and mappings go with it.")
        return said, {"groups": len(groups)}, set(), protected

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        """Delete one; its members lose it."""
        delete_role(group=obj, actor=get_actor(request), in_use=True)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        """Delete the selected ones."""
        for group in chosen(queryset):
            delete_role(group=group, actor=get_actor(request), in_use=True)
