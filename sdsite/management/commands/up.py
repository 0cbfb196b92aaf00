"""`manage.py up`: runs the whole site on one machine under one supervisor."""

import argparse
import os
from contextlib import closing
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sdsite.core.accelerators import NoSuchDevice
from sdsite.server import bootstrap, valkey
from sdsite.server.site import Site


class Command(BaseCommand):
    """Prepares the site, starts its parts, and keeps them alive until Ctrl-C or SIGTERM."""

    help = "Run the whole site on this machine: queue, web and workers. Ctrl-C ends all of it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on; 0.0.0.0 for the whole network.")
        parser.add_argument("--workers", type=int, default=1, help="Worker processes; one for each accelerator.")
        parser.add_argument("--no-browser", action="store_true", help="Do not open a browser.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["workers"] < 0:
            raise CommandError("--workers must be 0 or more.")
        os.umask(bootstrap.PRIVATE_UMASK)  # of all parts too
        try:
            with closing(bootstrap.lock(settings.DATA_DIR)):
                bootstrap.check_space(settings.DATA_DIR)
                bootstrap.check_port(options["host"], options["port"])
                bootstrap.prepare()
                Site(options).run()
        except (bootstrap.CannotStart, valkey.ValkeyMissing, NoSuchDevice) as error:
            raise CommandError(str(error)) from error
