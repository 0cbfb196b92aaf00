"""Deeds: the permissions that people are asked for, in plain words, and the roles that come with the site.

Each permission stands in `Meta.permissions` of the model that it is about, so that `user.has_perm` knows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sdsite.accounts.scopes import NotPermitted

MEMBER, TRUSTED, MODERATOR, ADMINISTRATOR = "member", "trusted", "moderator", "administrator"

# Permission -> what it lets people do, in the order of the matrix.
DEEDS: Mapping[str, Promise] = {
    "generation.submit_job": _("Submit jobs"),
    "generation.verify_image": _("Verify images"),
    "generation.use_webhooks": _("Use webhooks"),
    "gallery.upload_image": _("Upload images"),
    "gallery.publish_image": _("Publish images"),
    "gallery.publish_without_review": _("Publish without review"),
    "gallery.share_link": _("Share by link"),
    "accounts.make_key": _("Create API keys"),
    "accounts.add_invitation": _("Invite people"),
    "gallery.moderate_image": _("Moderate images"),
    "gallery.decide_appeal": _("Decide appeals"),
    "accounts.suspend_user": _("Suspend people"),
    "generation.manage_rules": _("Manage rules"),
    "accounts.change_sitesettings": _("Change the site's settings"),
    "accounts.manage_roles": _("Manage people and roles"),
}


@dataclass(frozen=True)
class Shipped:
    """A role that comes with the site: its name, its permissions, and whether it opens the administration."""

    label: Promise
    permissions: tuple[str, ...] = ()
    opens_admin: bool = False


_MEMBER = (
    *("generation.submit_job", "generation.verify_image", "generation.use_webhooks"),
    *("gallery.upload_image", "gallery.publish_image", "gallery.share_link", "accounts.make_key"),
)
_TRUSTED = (*_MEMBER, "gallery.publish_without_review")
_MODERATOR = (
    *_TRUSTED,
    *("gallery.moderate_image", "gallery.decide_appeal", "accounts.suspend_user", "accounts.view_user"),
    *("gallery.view_image", "gallery.change_image", "gallery.delete_image", "gallery.view_upload"),
    *("gallery.view_report", "gallery.change_report", "gallery.view_sharelink", "gallery.change_sharelink"),
)
# The administrator has every permission, also those that come later: `backend.permissions_of`.
SHIPPED: Mapping[str, Shipped] = {
    MEMBER: Shipped(_("Member"), _MEMBER),
    TRUSTED: Shipped(_("Trusted"), _TRUSTED),
    MODERATOR: Shipped(_("Moderator"), _MODERATOR, opens_admin=True),
    ADMINISTRATOR: Shipped(_("Administrator"), opens_admin=True),
}


class DeedRefused(NotPermitted, PermissionDenied):
    """The roles of a person do not let them do something; `permission` says what. Pages answer it with 403."""

    def __init__(self, permission: str) -> None:
        """Say it in plain words, with the permission's name."""
        words = _("Your role does not let you do this: %(deed)s (%(permission)s).")
        super().__init__(words % {"deed": DEEDS[permission], "permission": permission})
        self.permission = permission
