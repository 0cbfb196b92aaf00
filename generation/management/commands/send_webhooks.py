"""`manage.py send_webhooks`: send webhook deliveries that are due."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand

from generation.webhooks import worker


class Command(BaseCommand):
    """Ends when no webhook is on; `manage.py up` starts it when one is."""

    help = "Send webhook deliveries that are due, and retry failed ones."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--watch", action="store_true", help="Keep running while no webhook is on.")

    def handle(self, *args: Any, **options: Any) -> None:
        worker.run(stay=options["watch"])
