"""`manage.py replay_rules`: judge what rules have matched once more, by the rules of that time."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gallery.rules.replay import MOST_NAMED, replay


class Command(BaseCommand):
    """Only reads; it fails if a decision would not be the same today."""

    help = "Judge the recorded matches of rules once more, each by the rules of its time, and compare the decisions."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--newest", type=int, help="only so many judgements, the newest first")

    def handle(self, *args: Any, **options: Any) -> None:
        found = replay(newest=options["newest"])
        self.stdout.write(f"{found.same} judgements are the same; {found.forgotten} have no facts any more.")
        if found.different:
            named = ", ".join(map(str, found.different[:MOST_NAMED]))
            raise CommandError(f"{len(found.different)} judgements would differ: {named}")
