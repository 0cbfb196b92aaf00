"""Permissions by role: the backend that answers `user.has_perm`, and the question asked anew for each deed."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, Q, QuerySet

from sdsite.accounts.models import Role, User
from sdsite.accounts.roles.deeds import ADMINISTRATOR, MEMBER, SHIPPED, DeedRefused


def permissions_of(user: Any) -> QuerySet[Permission]:
    """Return what the groups of `user` allow; without a role, also what `member` allows. Administrators: everything."""
    roles = Role.objects.filter(group__user=user.pk)
    ticks = Group.permissions.through._default_manager
    own = Q(group__in=Group.objects.filter(user=user.pk).values("pk"))
    usual = Q(group__in=Role.objects.filter(key=MEMBER).values("pk")) & ~Exists(roles)
    held = Q(pk__in=ticks.filter(own | usual).values("permission"))
    return Permission.objects.filter(held | Exists(roles.filter(key=ADMINISTRATOR)))


class RoleBackend(ModelBackend):
    """Django's backend of names and passwords, with the permissions of roles."""

    def _get_group_permissions(self, user_obj: Any) -> QuerySet[Permission]:
        return permissions_of(user_obj)

    def get_group_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return the permissions by role, as "app.codename"."""
        found: set[str] = super().get_group_permissions(user_obj, obj)
        if found or obj is not None or not user_obj.is_active or user_obj.is_anonymous:
            return found
        return _without_rows(user_obj)


def _without_rows(user: Any) -> set[str]:
    """Return what `member` ships with where the site has no such role, because it was deleted."""
    roles = Role.objects.filter(Q(key=MEMBER) | Q(group__user=user.pk))
    return set() if roles.exists() else set(SHIPPED[MEMBER].permissions)


def may(user: Any, permission: str) -> bool:
    """Tell whether `user` may do what `permission` ("app.codename") names, as the database has it now.

    `user.has_perm` remembers its answer with the instance, which a websocket keeps for hours.
    """
    app, _dot, codename = permission.partition(".")
    wanted = Q(content_type__app_label=app, codename=codename)
    held = Q(Exists(permissions_of(user).filter(wanted)))
    own = Q(Exists(User.user_permissions.through._default_manager.filter(_of(wanted), user=user.pk)))
    allowed = User.objects.filter(held | own | Q(is_superuser=True), pk=user.pk, is_active=True)
    return allowed.exists() or (user.is_active and permission in _without_rows(user))


def _of(wanted: Q) -> Q:
    return Q(permission__in=Permission.objects.filter(wanted).values("pk"))


def require(user: Any, permission: str) -> None:
    """Refuse a deed that the roles of `user` do not allow; `permission` is one of `DEEDS`.

    Raises:
        DeedRefused: 403 `not_allowed` at every door, with the permission in plain words.
    """
    if not may(user, permission):
        raise DeedRefused(permission)


def people_with(permission: str) -> QuerySet[User]:
    """Return the active people who may do what `permission` names and were given it: superusers, by role, or alone."""
    app, _dot, codename = permission.partition(".")
    wanted = Permission.objects.filter(content_type__app_label=app, codename=codename)
    groups = Group.objects.filter(Q(permissions__in=wanted) | Q(role__key=ADMINISTRATOR))
    members = User.groups.through._default_manager.filter(group__in=groups.values("pk")).values("user")
    alone = User.user_permissions.through._default_manager.filter(permission__in=wanted).values("user")
    return User.objects.filter(Q(is_superuser=True) | Q(pk__in=members) | Q(pk__in=alone), is_active=True)
