"""Progress of filling in, image by image, what an older version of the site did not store."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models, transaction

if TYPE_CHECKING:
    from gallery.models.image import Image


class FillProgress(models.Model):
    """The single row (pk 1) that says how far the images have been gone through, by id."""

    last_id = models.UUIDField(null=True)
    is_finished = models.BooleanField(default=False)

    class Meta:
        """No table of its own: each kind of filling has one."""

        abstract = True

    def __str__(self) -> str:
        """State."""
        return "finished" if self.is_finished else f"up to {self.last_id}"

    @classmethod
    def advance(cls, most: int, columns: tuple[str, ...], write: "Callable[[list[Image]], None]") -> int:
        """Call `write` with the next `most` images, of which `columns` are read; return how many there were.

        One transaction, through all images once, by id. It may be stopped and repeated at any time and run in several
        processes.
        """
        rows = cls._default_manager
        if rows.filter(is_finished=True).exists():  # called often, and a transaction blocks other writers
            return 0
        with transaction.atomic():
            rows.get_or_create(pk=1)
            progress = rows.select_for_update().get(pk=1)
            pending = apps.get_model("gallery", "Image").objects.order_by("pk").only("pk", *columns)
            if progress.last_id is not None:
                pending = pending.filter(pk__gt=progress.last_id)
            found = list(pending[:most])
            write(found)
            progress.last_id = found[-1].pk if found else progress.last_id
            progress.is_finished = len(found) < most
            progress.save()
        return len(found)
