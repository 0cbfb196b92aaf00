"""Second factors that roles ask for, and what keeps it true at the accounts: logins, keys, roles, devices."""

from collections.abc import Collection
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save
from django.dispatch import receiver

from sdsite.accounts import audit
from sdsite.accounts.models import ApiKey, SecondFactorRole, User
from sdsite.accounts.required_steps.due import refresh


@transaction.atomic
def require_second_factor(group: Group, *, required: bool, actor: User) -> bool:
    """Ask the members of a role for a second factor, or no longer; return whether that changes anything."""
    if not ask_members(group, required=required):
        return False
    before_and_after = {"before": not required, "after": required}
    audit.record(actor=actor, action="role.second_factor_changed", target=group, **before_and_after)
    return True


def ask_members(group: Group, *, required: bool) -> bool:
    """Do what `require_second_factor` does, for one who writes it down with other changes of the role."""
    rows = SecondFactorRole.objects.filter(group=group)
    if rows.exists() == required:
        return False
    if required:
        SecondFactorRole.objects.create(group=group)
    else:
        rows.delete()
    refresh(User.objects.all())
    return True


@receiver(user_logged_in)
def at_login(user: User, **kwargs: Any) -> None:
    """Find out what a person who logs in has to do first."""
    refresh(User.objects.filter(pk=user.pk))


@receiver(post_save, sender=ApiKey)
def at_new_key(instance: ApiKey, created: bool, **kwargs: Any) -> None:
    """Find it out for one who has a key and may never log in."""
    if created:
        refresh(User.objects.filter(pk=instance.owner_id))


@receiver((post_save, post_delete), sender=Authenticator)
def at_change_of_devices(instance: Authenticator, **kwargs: Any) -> None:
    """Find it out for one who added a second factor, or whose device was removed."""
    refresh(User.objects.filter(pk=instance.user_id))


@receiver(m2m_changed, sender=User.groups.through)
def at_change_of_roles(
    instance: User | Group, action: str, reverse: bool, pk_set: Collection[int] | None, **kwargs: Any
) -> None:
    """Find it out for those who get or lose a role, from whichever side it is changed."""
    if action not in ("post_add", "post_remove", "post_clear"):
        return
    people = User.objects.all()  # of a role that is cleared nobody knows who had it
    if not reverse:
        people = people.filter(pk=instance.pk)
    elif pk_set is not None:
        people = people.filter(pk__in=pk_set)
    refresh(people)


@receiver(post_delete, sender=SecondFactorRole)
def at_end_of_role(**kwargs: Any) -> None:
    """Let those go on whose role was deleted."""
    refresh(User.objects.filter(second_factor_due=True))
