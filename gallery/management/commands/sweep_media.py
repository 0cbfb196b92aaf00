"""`manage.py sweep_media`: remove media files without a row, and uploads that are no longer used."""

from typing import Any

from django.core.management.base import BaseCommand

from gallery.actions.cleanup import sweep


class Command(BaseCommand):
    """Sweep once; `manage.py up` does so by itself every few hours."""

    help = "Remove media files that are over an hour old and have no row, and uploads that are no longer used."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{sweep()} files removed.")
