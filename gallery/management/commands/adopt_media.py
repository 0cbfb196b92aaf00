"""`manage.py adopt_media`: declare that this database and the media storage belong together."""

from typing import Any

from django.core.management.base import BaseCommand

from gallery.actions.media_identity import adopt


class Command(BaseCommand):
    """Give database and media the same id; nothing is moved or deleted."""

    help = "Declare that database and media belong together, after one of them was replaced or restored."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Database and media belong together now (id {adopt()}).")
