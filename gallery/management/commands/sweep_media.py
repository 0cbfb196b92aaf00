"""`manage.py sweep_media`: set media files without a row aside, and delete uploads that are no longer used."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from gallery.actions.cleanup import SweepRefused, sweep


class Command(BaseCommand):
    """Sweep once; `manage.py up` does so by itself every few hours."""

    help = "Move media files that are over an hour old and have no row to .removed/, and delete unused uploads."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--yes", action="store_true", help="Move them even where they are many, more than a tenth of all files."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            moved = sweep(confirmed=options["yes"])
        except SweepRefused as refused:  # no failure: it waits for a person
            self.stderr.write(f"Nothing was moved. {refused}")
            return
        self.stdout.write(f"{moved} files moved aside.")
