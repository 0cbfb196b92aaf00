"""`manage.py reap_jobs`: requeue the jobs of lost workers, for sites under another supervisor."""

import argparse
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, close_old_connections

from generation.jobs import reaper


class Command(BaseCommand):
    """Runs the reaper once or in a loop. Workers and `manage.py up` run it by themselves."""

    help = "Requeue jobs of lost workers, and enqueue missing tickets."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--loop", type=float, metavar="SECONDS", help="Repeat, with this pause in between.")

    def handle(self, *args: Any, **options: Any) -> None:
        pause: float | None = options["loop"]
        if pause is not None and pause <= 0:
            raise CommandError("--loop must be more than 0 seconds.")
        if pause is None:
            self._report(reaper.reap())
            return
        never = threading.Event()
        try:
            while not never.wait(pause):
                self._round()
        except KeyboardInterrupt:
            self.stderr.write("Stopped.")

    def _round(self) -> None:
        close_old_connections()
        try:
            taken = reaper.reap()
        except Error as error:
            self.stderr.write(f"The database does not answer: {error}")
        else:
            if taken:
                self._report(taken)

    def _report(self, taken: int) -> None:
        self.stdout.write(f"{taken} jobs requeued.")
