"""`manage.py chaos`: injects faults into a temporary site and checks that its invariants hold."""

import os
import random
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sdsite.devtools.chaos import database
from sdsite.server.valkey import ValkeyMissing

# Unset, so that no queue and no files of another site are touched.
OUTSIDE = ("REDIS_URL", "SDSITE_STORAGE", "SDSITE_ADMIN_PASSWORD")
INSIDE = "SDSITE_CHAOS_INSIDE"
RANGES = {"jobs": (1, 5000), "customers": (1, 50), "workers": (1, 16), "minutes": (0.1, 240), "every": (0.5, 60)}


class Command(BaseCommand):
    """Runs itself again with a temporary data folder, because settings name one folder for the life of a process."""

    help = (
        "Run many jobs on a temporary site on loopback while workers are killed and frozen, Valkey is killed and "
        "emptied, the web process is restarted and the database is cut off; exit code 1 when a promise was broken."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--jobs", type=int, default=200)
        parser.add_argument("--customers", type=int, default=6, help="Clients that submit the jobs.")
        parser.add_argument("--workers", type=int, default=2)
        parser.add_argument("--minutes", type=float, default=20.0, help="Faults stop after so long, at the latest.")
        parser.add_argument("--every", type=float, default=3.5, help="Mean seconds between two faults.")
        parser.add_argument("--seed", type=int, help="Of jobs and faults; random unless given, and printed.")
        parser.add_argument(
            "--postgres",
            metavar="URL",
            default=os.environ.get("DATABASE_URL", ""),
            help="A PostgreSQL server on this machine, or 'embedded' for one of its own; a database is created there "
            "and dropped again. Default: DATABASE_URL, else SQLite.",
        )
        parser.add_argument("--log", metavar="FILE", help="File for the output of the parts; it is always kept.")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, (least, most) in RANGES.items():
            if not least <= options[name] <= most:
                raise CommandError(f"--{name} must be {least} to {most}; got {options[name]}.")
        try:
            if os.environ.get(INSIDE) == str(settings.DATA_DIR):
                self._run(options)
            else:
                self._run_again(options)
        except (database.ChaosFailed, ValkeyMissing) as error:
            raise CommandError(str(error)) from error

    def _run(self, options: dict[str, Any]) -> None:
        from sdsite.devtools.chaos import scenario  # it imports the apps, which only the inner process needs

        chosen = scenario.Scenario(
            **{name: options[name] for name in ("jobs", "workers", "minutes", "every", "seed")},
            clients=options["customers"],
            server_url=os.environ.get("SDSITE_CHAOS_SERVER", ""),
        )
        try:
            all_held = scenario.run(chosen, self.stdout.write)
        except database.ChaosFailed as error:  # standard error is the parts' log
            self.stdout.write(str(error))
            all_held = False
        if not all_held:
            sys.exit(1)

    def _run_again(self, options: dict[str, Any]) -> None:
        seed = random.randrange(1_000_000) if options["seed"] is None else options["seed"]
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sdsite-chaos-"))
            environ = {**os.environ, **dict.fromkeys(OUTSIDE, ""), "DATABASE_URL": ""}
            environ |= {"SDSITE_DATA": folder, INSIDE: folder, "SDSITE_DEVICE": "cpu", "SDSITE_CHAOS_SERVER": ""}
            environ.setdefault("OMP_NUM_THREADS", "1")  # two workers and all else share this host's cores
            if options["postgres"]:
                server = stack.enter_context(database.server(options["postgres"]))
                own = stack.enter_context(database.own_database(server))
                environ |= {"DATABASE_URL": own, "SDSITE_CHAOS_SERVER": server}
            words = [f"--{name}={options[name]}" for name in RANGES]
            log = Path(options["log"] or Path(tempfile.gettempdir()) / f"sdsite-chaos-{seed}-{os.getpid()}.log")
            self.stdout.write(f"Chaos begins; seed {seed}, the output of the parts goes to {log}.")
            self.stdout.flush()
            with log.open("wb") as lines:
                inside = subprocess.Popen(
                    [sys.executable, sys.argv[0], "chaos", *words, f"--seed={seed}"], env=environ, stderr=lines
                )
                code = _wait(inside)
        if code:
            self.stdout.write(f"The output of the parts is in {log}.")
            sys.exit(code if code > 0 else 1)


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for the inner process, and pass signals that ask this one to end on to it."""

    def pass_on(number: int, frame: object) -> None:
        process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        return process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
