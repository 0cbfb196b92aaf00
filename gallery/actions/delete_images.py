"""Deletion of images, and what deleting images and uploads has in common."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from gallery.actions.media_files import remove_files
from gallery.models import Image, Upload
from gallery.search.meaning.index import forget
from sdsite.accounts import audit


def delete_images(*, images: QuerySet[Image], actor: Any) -> int:
    """Delete images and their files as `delete_rows` does; return how many were deleted."""
    return delete_rows(images, actor=actor, action="image.deleted")


def delete_rows(rows: QuerySet[Any], *, actor: Any, action: str) -> int:
    """Delete rows of images or uploads at once and their files after the commit; return how many were deleted.

    A row that belongs to another person than `actor` (None: the site itself) is recorded in the audit log as `action`.
    """
    with transaction.atomic():
        found = list(rows.select_for_update())
        delete_with_files(found)
        for row in found:
            if actor is not None and row.owner_id != actor.pk:
                audit.record(actor=actor, action=action, target=row.pk, owner=row.owner_id)
    return len(found)


def delete_with_files(rows: Sequence[Image] | Sequence[Upload]) -> None:
    """Delete `rows` at once and their files after the commit; call it in a transaction."""
    if not rows:
        return
    forget(row for row in rows if isinstance(row, Image))
    type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).delete()
    # Before the commit a rollback could bring back rows whose files are gone.
    names = [name for row in rows for name in row.files]
    transaction.on_commit(lambda: remove_files(names))
