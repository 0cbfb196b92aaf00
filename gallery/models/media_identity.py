"""Identity of the media storage that belongs to this database."""

import uuid

from django.db import models


class MediaIdentity(models.Model):
    """The single row (pk 1) with the id that the media storage has too; no row until the site's first start."""

    media_id = models.UUIDField(default=uuid.uuid4, editable=False)

    class Meta:
        """At most one row."""

        verbose_name_plural = "media identity"
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_media_identity")]

    def __str__(self) -> str:
        """Return the id."""
        return str(self.media_id)
