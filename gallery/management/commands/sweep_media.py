"""`manage.py sweep_media`: remove files that belong to no image."""

from typing import Any

from django.core.management.base import BaseCommand

from gallery.actions.cleanup import sweep


class Command(BaseCommand):
    """Sweeps once; `manage.py up` does so by itself every few hours."""

    help = "Remove media files that are over an hour old and belong to no image."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{sweep()} files removed.")
