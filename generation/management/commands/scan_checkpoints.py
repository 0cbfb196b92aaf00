"""`manage.py scan_checkpoints`: list or add the checkpoints of a folder that the site does not offer yet."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from generation.checkpoints import scan
from generation.checkpoints.actions import LocationRefused
from generation.weights.reading import one_line


class Command(BaseCommand):
    """Lists for each what it is, or why it is refused."""

    help = "List checkpoints that are not offered yet. Reads headers only."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", default="", help="Default: the checkpoints folder of the site's data.")
        parser.add_argument("--add", action="store_true", help="Add the usable ones.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            listed = scan.scan(options["folder"])
        except LocationRefused as refused:
            raise CommandError(str(refused)) from refused
        for found in listed:
            self._print(found, add=options["add"])
        if not listed:
            self.stdout.write("No new checkpoints.")

    def _print(self, found: scan.Found, *, add: bool) -> None:
        facts = found.inspection
        if facts is None:
            self.stdout.write(f"refused  {one_line(found.path)}: {found.refused}")
            return
        words = f"{facts.kind}, {facts.prediction_type}, {facts.dtype}, {filesizeformat(facts.size_bytes)}"
        slug = scan.add(found.path, actor=None).slug if add else ""
        self.stdout.write(f"{f'added    {slug}' if add else 'new     '} {found.path}: {words}")
