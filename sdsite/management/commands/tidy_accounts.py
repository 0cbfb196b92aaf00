"""`manage.py tidy_accounts`: remove accounts that are due, for sites under another supervisor."""

from typing import Any

from django.core.management.base import BaseCommand

from sdsite.accounts.joining.requests import remove_old


class Command(BaseCommand):
    """Removes refused sign-ups and those whose address was never verified. `manage.py up` does so by itself."""

    help = "Remove accounts that were refused, or whose email address was never verified."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{remove_old()} accounts removed.")
