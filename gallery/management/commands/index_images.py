"""`manage.py index_images`: make images of older versions known to search and lineage."""

from typing import Any

from django.core.management.base import BaseCommand

from gallery.actions.derivations import fill_derivations
from gallery.actions.upgrades.perceptual_hashes import fill_hashes
from gallery.actions.upgrades.thumbnails import fill_thumbnails
from gallery.search.index import fill_loras, index_batch


class Command(BaseCommand):
    """Index all of them, some hundred at a time; `manage.py up` does so by itself."""

    help = "Index prompts, checkpoints, tasks, LoRAs and origins of images that older versions stored. May be repeated."

    def handle(self, *args: Any, **options: Any) -> None:
        done = 0
        while some := index_batch():
            done += some
        while fill_thumbnails():
            pass
        while fill_hashes():
            pass
        while fill_derivations():
            pass
        while fill_loras():
            pass
        self.stdout.write(f"{done} images indexed.")
