"""Deletion of one's own account: asked for, taken back by logging in; `sdsite.people.removal` carries it out."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sdsite.accounts import audit, site_settings
from sdsite.accounts.models import AccountDeletion, Suspension, User
from sdsite.accounts.roles.membership import refuse_without_administrator


def grace_days() -> int:
    """Return the days for which a deletion can be taken back."""
    return site_settings.current().deletion_days


@transaction.atomic
def ask_deletion(*, user: User) -> AccountDeletion:
    """Close the account at once, which ends its sessions, keys and jobs, and have it deleted after the grace time.

    Raises:
        ValidationError: nobody else could administer the site.
    """
    try:
        refuse_without_administrator(without=user)
    except ValidationError as error:
        only = _("You are the only administrator. Make somebody else one before you leave.")
        raise ValidationError(only) from error
    row, _made = AccountDeletion.objects.update_or_create(
        user=user, defaults={"asked_at": timezone.now(), "due_at": timezone.now() + timedelta(days=grace_days())}
    )
    user.is_active = False
    user.save(update_fields=["is_active"])
    audit.record(actor=user, action="user.deletion_asked", target=user, days=grace_days())
    return row


@transaction.atomic
def keep_account(*, user: User, actor: User) -> bool:
    """Take the deletion back, and return whether there was one; the account is active again.

    Who was suspended meanwhile keeps the account by logging in, and stays suspended.
    """
    found = AccountDeletion.objects.select_for_update().filter(user=user, user__is_active=False)
    if not found:
        return False
    found.delete()
    suspended = Suspension.objects.filter(user=user)
    if suspended.exists() and actor.pk == user.pk:
        return False  # who left while they were suspended is no less so
    suspended.delete()
    user.is_active = True
    user.save(update_fields=["is_active"])
    audit.record(actor=actor, action="user.kept", target=user)
    return True
