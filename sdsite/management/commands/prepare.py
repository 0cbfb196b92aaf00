"""`manage.py prepare`: prepares the site as `up` does before it starts the parts, for other supervisors."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sdsite.server import bootstrap


class Command(BaseCommand):
    """Migrates, creates the first administrator, registers the starter checkpoint, collects static files."""

    help = "Prepare database, first administrator, starter checkpoint and static files. May be run at every start."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        os.umask(bootstrap.PRIVATE_UMASK)
        try:
            bootstrap.prepare()
        except bootstrap.CannotStart as error:
            raise CommandError(str(error)) from error
