"""Roles: Django groups that decide what their members may do."""

from django.db import models
from django.utils.translation import gettext


class Role(models.Model):
    """A group that is a role; members of groups without such a row may do what `member` may.

    `key` names the roles that come with the site (`sdsite.accounts.roles.deeds.SHIPPED`); those made here have none.
    """

    group = models.OneToOneField("auth.Group", primary_key=True, on_delete=models.CASCADE, related_name="role")
    key = models.CharField(max_length=20, unique=True, null=True, editable=False)
    position = models.PositiveSmallIntegerField(default=100, editable=False)
    opens_admin = models.BooleanField(
        "opens the administration", default=False, help_text="Its members are staff: they see the administration."
    )

    class Meta:
        """Those of the site first, in their order; the others by name."""

        ordering = ["position", "group__name"]

    def __str__(self) -> str:
        """Name, that of a role of the site in the reader's language."""
        name = str(self.group.name)
        return gettext(name.capitalize()) if name == self.key else name
