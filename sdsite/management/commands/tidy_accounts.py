"""`manage.py tidy_accounts`: remove accounts that are due and end suspensions, for sites under another supervisor."""

from typing import Any

from django.core.management.base import BaseCommand

from sdsite.accounts.audit_log.retention import remove_old as remove_old_events
from sdsite.accounts.joining.requests import remove_old
from sdsite.accounts.notices.store import remove_old as remove_old_notices
from sdsite.accounts.roles.suspension import end_due
from sdsite.people.removal import remove_due


class Command(BaseCommand):
    """Removes sign-ups, accounts and notices that are due, and ends suspensions. `manage.py up` does so by itself."""

    help = "Remove accounts that were refused, never verified or are to be deleted, old notices, and end suspensions."

    def handle(self, *args: Any, **options: Any) -> None:
        end_due()
        remove_old_notices()
        remove_old_events()
        self.stdout.write(f"{remove_old() + remove_due()} accounts removed.")
