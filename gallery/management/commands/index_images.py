"""`manage.py index_images`: index images that an older version of the site stored, so that search finds them."""

from typing import Any

from django.core.management.base import BaseCommand

from gallery.search.index import index_batch


class Command(BaseCommand):
    """Index all of them, some hundred at a time; `manage.py up` does so by itself."""

    help = "Index the prompts, checkpoints and tasks of images that are not in the search index yet. May be repeated."

    def handle(self, *args: Any, **options: Any) -> None:
        done = 0
        while some := index_batch():
            done += some
        self.stdout.write(f"{done} images indexed.")
