"""Take pictures off the wall."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from gallery.actions.store_image import remove_files
from gallery.models import Image
from sdsite.accounts import audit


def delete_images(*, images: QuerySet[Image], actor: Any) -> int:
    """Delete rows at once and their files after the commit; return how many images went.

    Deeds on other people's images go to the audit trail.
    """
    with transaction.atomic():
        found = list(images.select_for_update().only("pk", "file", "thumbnail", "owner_id"))
        Image.objects.filter(pk__in=[image.pk for image in found]).delete()
        # Before the commit a rollback could bring back rows whose files are gone.
        names = [name for image in found for name in (image.file, image.thumbnail)]
        transaction.on_commit(lambda: remove_files(names))
        for image in found:
            if image.owner_id != actor.pk:
                audit.record(actor=actor, action="image.deleted", target=image.pk, owner=image.owner_id)
    return len(found)
