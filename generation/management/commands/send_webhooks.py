"""`manage.py send_webhooks`: tell webhooks what is due."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from generation.webhooks import worker


class Command(BaseCommand):
    """Ends when nobody has a webhook switched on; `manage.py up` starts it whenever somebody has."""

    help = "Send what webhooks are to be told, and try again what failed."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--watch", action="store_true", help="Stay, also while nobody has a webhook.")

    def handle(self, *args: Any, **options: Any) -> None:
        worker.run(stay=options["watch"])
