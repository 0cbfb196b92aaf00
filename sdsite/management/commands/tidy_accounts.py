"""`manage.py tidy_accounts`: remove accounts that are due, for sites under another supervisor."""

from typing import Any

from django.core.management.base import BaseCommand

from sdsite.accounts.joining.requests import remove_old
from sdsite.people.removal import remove_due


class Command(BaseCommand):
    """Removes refused and never verified sign-ups, and accounts whose owners left. `manage.py up` does so by itself."""

    help = "Remove accounts that were refused or never verified, and those that are to be deleted."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{remove_old() + remove_due()} accounts removed.")
