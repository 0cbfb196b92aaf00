"""`manage.py bench NAME`: measurements of a real site in a temporary folder. A new one is a row in BENCHES."""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from sdsite.devtools.bench import (
    batching,
    dialects,
    eta,
    fairness,
    hostile,
    latency,
    memory,
    overhead,
    queue,
    upscaling,
)
from sdsite.devtools.bench.gallery import command as gallery
from sdsite.devtools.bench.gpu import command as gpu
from sdsite.devtools.bench.rules import command as rules
from sdsite.devtools.bench.site import BenchFailed
from sdsite.devtools.chaos.database import EMBEDDED, server
from sdsite.server.valkey import ValkeyMissing

BENCHES: dict[str, ModuleType] = {
    "overhead": overhead,
    "latency": latency,
    "queue": queue,
    "fairness": fairness,
    "eta": eta,
    "batching": batching,
    "memory": memory,
    "upscaling": upscaling,
    "doors": dialects,
    "hostile": hostile,
    "gpu": gpu,
    "gallery": gallery,
    "rules": rules,
}
OUTSIDE = ("DATABASE_URL", "REDIS_URL", "SDSITE_STORAGE")  # unset, so that no other site's data is touched
INSIDE = "SDSITE_BENCH_INSIDE"
MARK = "kept-measurement"  # file in a folder that `--keep` made


class Command(BaseCommand):
    """Runs itself again with a temporary data folder, because settings name one folder for the life of a process."""

    help = "Measure a real site in a temporary folder: " + "; ".join(
        f"{name}: {(module.__doc__ or '').splitlines()[0]}" for name, module in BENCHES.items()
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        choices = parser.add_subparsers(dest="bench", metavar="NAME", required=True)
        for name, module in BENCHES.items():
            one = choices.add_parser(name, help=(module.__doc__ or "").splitlines()[0])
            assert isinstance(one, argparse.ArgumentParser)
            module.add_arguments(one)

    def handle(self, *args: Any, **options: Any) -> None:
        if os.environ.get(INSIDE) != str(settings.DATA_DIR):
            with server(EMBEDDED) if options.get("postgres") else nullcontext("") as database:
                self._run_again(BENCHES[options["bench"]], database, options.get("keep"))
            return
        try:
            BENCHES[options["bench"]].run(options, self.stdout.write)
        except (BenchFailed, ValkeyMissing) as error:
            raise CommandError(str(error)) from error

    def _run_again(self, bench: ModuleType, database: str, kept: str | None) -> None:
        """Run the measurement in a folder that is removed afterwards, or in `kept`."""
        outside = [name for name in OUTSIDE if not (name == "DATABASE_URL" and getattr(bench, "OWN_DATABASE", False))]
        with _kept_folder(kept) if kept else tempfile.TemporaryDirectory(prefix="sdsite-bench-") as folder:
            environ = {**os.environ, **dict.fromkeys(outside, ""), "SDSITE_DATA": folder, INSIDE: folder}
            if database:
                environ["DATABASE_URL"] = database
            inside = subprocess.Popen([sys.executable, *sys.argv], env=environ)
            before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to the inner one too
            try:
                code = inside.wait()
            finally:
                signal.signal(signal.SIGINT, before)
        if code:
            sys.exit(code if code > 0 else 1)


def _kept_folder(kept: str) -> AbstractContextManager[str]:
    """Return the folder that `--keep` names, made or marked as a measurement's: never that of a site.

    Raises:
        CommandError: it has files, and no measurement made it.
    """
    folder = Path(kept).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and not (folder / MARK).exists():
        raise CommandError(f"--keep must name a new folder, or one that a measurement kept; {folder} has other files.")
    (folder / MARK).touch()
    return nullcontext(str(folder))
