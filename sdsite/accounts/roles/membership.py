"""Who has which role, and that the site always has an administrator."""

from collections.abc import Collection

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from sdsite.accounts import audit
from sdsite.accounts.models import Role, User
from sdsite.accounts.roles.deeds import ADMINISTRATOR, MEMBER


def administrators() -> QuerySet[User]:
    """Return the people who may do everything: superusers, and those with the role administrator, not suspended."""
    with_role = Role.objects.filter(key=ADMINISTRATOR, group__user__isnull=False).values("group__user")
    return User.objects.filter(Q(is_superuser=True) | Q(pk__in=with_role), is_active=True)


def refuse_without_administrator(*, without: User) -> None:
    """Refuse what would leave the site without an administrator; call it in the deed's transaction.

    All administrators are locked, so that the last two cannot go at the same time. They are asked for again once they
    are: a query that waited for a lock does not see who lost the role meanwhile.

    Raises:
        ValidationError: `without` is the only one.
    """
    list(User.objects.select_for_update(no_key=True).filter(pk__in=administrators().values("pk")).order_by("pk"))
    if set(administrators().values_list("pk", flat=True)) == {without.pk}:
        raise ValidationError(_("This is the only administrator. Make somebody else one first."))


@transaction.atomic
def assign_roles(*, user: User, groups: Collection[Group], actor: User) -> bool:
    """Give `user` exactly these groups, and return whether anything changed.

    Who gets a role that opens the administration becomes staff; who loses the last such role is staff no more.

    Raises:
        ValidationError: the last administrator would lose the role.
    """
    before = list(user.groups.order_by("name"))
    if {group.pk for group in before} == {group.pk for group in groups}:
        return False
    admin = Role.objects.filter(key=ADMINISTRATOR).values_list("pk", flat=True).first()
    if admin in {group.pk for group in before} - {group.pk for group in groups} and not user.is_superuser:
        refuse_without_administrator(without=user)
    user.groups.set(groups)
    follow_roles(user=user, before=[group.pk for group in before])
    after = list(user.groups.order_by("name"))
    names = {"before": [group.name for group in before], "after": [group.name for group in after]}
    audit.record(actor=actor, action="user.roles_changed", target=user, **names)
    return True


def follow_roles(*, user: User, before: Collection[int]) -> None:
    """Set whether `user` is staff after their groups changed; `before` are the ids of the former ones."""
    opening = Role.objects.filter(opens_admin=True)
    opens = opening.filter(group__user=user).exists()
    if opens == user.is_staff or not (opens or opening.filter(pk__in=before).exists()) or user.is_superuser:
        return
    user.is_staff = opens
    user.save(update_fields=["is_staff"])


def join_as_member(user: User) -> None:
    """Give a new person the role of members, unless they have another one already."""
    role = Role.objects.filter(key=MEMBER).first()
    if role is not None and not user.groups.exists():
        user.groups.add(role.group_id)
