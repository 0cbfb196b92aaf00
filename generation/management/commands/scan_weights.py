"""`manage.py scan_weights`: add the LoRA, embeddings and other adapters in the site's folders."""

from typing import Any

from django.core.management.base import BaseCommand

from generation.checkpoints import adapters
from generation.weights.reading import one_line


class Command(BaseCommand):
    """Scans SDSITE_DATA/checkpoints/loras, embeddings, vaes and so on. Reads headers only."""

    help = "Add adapters from their folders below SDSITE_DATA/checkpoints; known ones are not changed."

    def handle(self, *args: Any, **options: Any) -> None:
        found = adapters.scan()
        for adapter in found.added:
            note = "" if adapter.enabled else f"; disabled: {adapter.last_error}"
            if left_out := adapters.left_out_note(adapter):
                note += f"; {left_out}"
            self.stdout.write(f"{adapter.kind} {adapter.slug} ({adapter.family or 'any family'}){note}")
        for path, why in found.refused.items():
            self.stderr.write(f"{one_line(path)}: {why}")
        self.stdout.write(f"{len(found.added)} added, {len(found.refused)} refused.")
