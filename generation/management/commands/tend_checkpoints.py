"""`manage.py tend_checkpoints`: download queued checkpoints and compute missing checksums."""

import argparse
import signal
from typing import Any

from django.core.management.base import BaseCommand

from generation.checkpoints import maintenance


class Command(BaseCommand):
    """Ends when nothing is left to do; `manage.py up` starts it when there is."""

    help = "Download queued checkpoints, and compute missing checksums."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--look", action="store_true", help="Only look for weights that vanished or were moved.")
        parser.add_argument("--watch", action="store_true", help="Keep running, and look for work every two seconds.")

    def handle(self, *args: Any, **options: Any) -> None:
        asked: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda signum, _frame: asked.append(signum))
        if options["watch"]:
            maintenance.watch(should_stop=lambda: bool(asked))
        elif options["look"]:
            maintenance.look(should_stop=lambda: bool(asked))
        elif not maintenance.run_pending(should_stop=lambda: bool(asked)):
            self.stderr.write("Another process is doing that already.")
