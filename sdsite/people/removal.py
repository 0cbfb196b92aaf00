"""Removal of a person with all that is theirs: jobs are cancelled, images and uploads deleted with their files."""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum

from gallery.actions.delete_images import delete_images
from gallery.actions.sharing import forget_likes_of
from gallery.actions.uploads import delete_uploads
from gallery.models import Collection, Image, Upload
from gallery.rules.hits import forget_person
from generation.jobs.cancel import cancel_job
from generation.models import Job
from sdsite.accounts import audit
from sdsite.accounts.models import AccountDeletion, ApiKey, User
from sdsite.accounts.roles.membership import refuse_without_administrator

logger = logging.getLogger(__name__)

REMOVED_TOGETHER = 20  # people in one round of maintenance


def count_belongings(*people: User) -> dict[str, int]:
    """Return how much people have together: images, trashed ones of them, bytes, jobs, unfinished ones, and so on."""
    images, uploads = Image.objects.filter(owner__in=people), Upload.objects.filter(owner__in=people)
    jobs = Job.objects.filter(owner__in=people)
    size = images.aggregate(total=Sum("size_bytes"))["total"] or 0
    return {
        "images": images.count(),
        "trashed": images.trashed().count(),
        "jobs": jobs.count(),
        "unfinished": jobs.unfinished().count(),
        "collections": Collection.objects.filter(owner__in=people).count(),
        "uploads": uploads.count(),
        "keys": ApiKey.objects.usable().filter(owner__in=people).count(),
        "bytes": size + uploads.bytes_stored(),
    }


def remove_person(user: User, *, actor: Any) -> None:
    """Delete a person with all that is theirs, at once; files go after the commit. `actor` None: the site itself.

    Raises:
        ValidationError: it is the last administrator; two who delete each other at once do not both succeed.
    """
    with transaction.atomic():
        refuse_without_administrator(without=user)
        for job in Job.objects.filter(owner=user).unfinished():
            cancel_job(job=job, actor=actor or user)
        delete_images(images=Image.objects.owned_by(user), actor=actor)
        delete_uploads(uploads=Upload.objects.filter(owner=user), actor=actor)
        forget_likes_of(user)
        forget_person(user.pk)
        user.delete()


def remove_due(now: datetime | None = None) -> int:
    """Remove those who asked for it, once their grace time is over; return how many. One that fails stays for now."""
    removed = 0
    for row in AccountDeletion.objects.due(now).select_related("user")[:REMOVED_TOGETHER]:
        name, counts = str(row.user), count_belongings(row.user)
        try:
            with transaction.atomic():
                # Asked again while it is locked: who logged in meanwhile keeps the account.
                if not AccountDeletion.objects.due(now).select_for_update(of=("self",)).filter(pk=row.pk):
                    continue
                remove_person(row.user, actor=None)
                audit.record(actor=None, action="user.left", target=name, images=counts["images"], jobs=counts["jobs"])
        except Exception:  # the others do not wait for it
            logger.exception("the account %s could not be deleted", row.user_id)
            continue
        removed += 1
    return removed
