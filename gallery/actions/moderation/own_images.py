"""Moderators decide nothing about themselves and their own images; administrators do."""

from typing import Any

from django.utils.translation import gettext as _

from sdsite.accounts.roles.backend import may

MANAGE = "accounts.manage_roles"


def why_not_about(person_id: int | None, actor: Any) -> str:
    """Return why `actor` may not decide about what is of the person with this id, or ""; None is the site itself."""
    if actor is None or actor.pk != person_id or may(actor, MANAGE):
        return ""
    return _("This is about yourself: another moderator or an administrator has to decide it.")
