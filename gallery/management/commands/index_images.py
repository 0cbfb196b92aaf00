"""`manage.py index_images`: let searching know images that an older version of the site stored."""

from typing import Any

from django.core.management.base import BaseCommand

from gallery.search.index import index_batch


class Command(BaseCommand):
    """Indexes all that wait, some hundred at a time; `manage.py up` does so by itself."""

    help = "Index the prompts, checkpoints and tasks of images that searching does not know yet. May be repeated."

    def handle(self, *args: Any, **options: Any) -> None:
        done = 0
        while some := index_batch():
            done += some
        self.stdout.write(f"{done} images indexed.")
