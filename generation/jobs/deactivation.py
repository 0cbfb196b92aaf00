"""Deactivation of users: cancel their jobs and close their connections."""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from generation.events.disconnect import disconnect_user
from generation.jobs.cancel import cancel_all
from sdsite.accounts import audit
from sdsite.accounts.models import User


def when_saved(
    sender: object, *, instance: User, created: bool, update_fields: Collection[str] | None, **_: Any
) -> None:
    """Receive `post_save` of users; cancel the jobs and close the connections of one who is not active.

    Runs in the transaction of the save, so no worker claims a job of theirs after it.
    """
    unchanged = update_fields is not None and "is_active" not in update_fields
    if instance.is_active or created or unchanged:
        return
    with transaction.atomic():
        stopped = cancel_all(owner=instance)
        if stopped:
            audit.record(actor=None, action="user.jobs_stopped", target=instance, jobs=stopped)
        transaction.on_commit(lambda: disconnect_user(instance.pk), robust=True)
