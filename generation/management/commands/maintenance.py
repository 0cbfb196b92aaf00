"""`manage.py maintenance on|off`: close the site to new jobs and files, and open it again."""

import argparse
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from generation.jobs import queue_control
from generation.models import Job

MOST_MINUTES = 7 * 24 * 60


class Command(BaseCommand):
    """Switches maintenance, as the administration does. What is queued is still generated."""

    help = "Switch maintenance on (new jobs, uploads and imports are refused, queued jobs run) or off."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("state", choices=["on", "off"])
        parser.add_argument("--message", default="", help="Shown on every page, and to programs that are refused.")
        parser.add_argument("--minutes", type=int, help="How long it is expected to take; it does not end by itself.")

    def handle(self, *args: Any, **options: Any) -> None:
        minutes: int | None = options["minutes"]
        if minutes is not None and not 1 <= minutes <= MOST_MINUTES:
            raise CommandError(f"--minutes must be 1 to {MOST_MINUTES}.")
        if len(options["message"]) > queue_control.MESSAGE_CHARACTERS:
            raise CommandError(f"--message must have at most {queue_control.MESSAGE_CHARACTERS} characters.")
        if options["state"] == "off":
            queue_control.set_state(actor=None, maintenance=False, message="")
            self.stdout.write("Maintenance is off: the queue is open.")
            return
        until = None if minutes is None else timezone.now() + timedelta(minutes=minutes)
        queue_control.set_state(actor=None, maintenance=True, message=options["message"], until=until)
        left = Job.objects.unfinished().count()
        self.stdout.write(f"Maintenance is on: new jobs and files are refused. {left} accepted jobs are not done yet.")
