"""Processes that run only while they have work: one maintains checkpoints, one delivers webhooks."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.db import Error, connection

from sdsite import env
from sdsite.server.supervisor import DIE_WITH_PARENT

logger = logging.getLogger(__name__)

STOP_SECONDS = 4.0


@dataclass(frozen=True)
class OnDemandTask:
    """One kind of work: the `manage.py` command that does it, its name in the log, and whether there is any."""

    command: str
    title: str
    is_due: Callable[[], bool]
    options: tuple[str, ...] = ()


class OnDemandProcess:
    """At most one process for one kind of work; it dies with the thread that calls `start_if_due` (Linux)."""

    def __init__(self, task: OnDemandTask) -> None:
        """Begin without a process."""
        self._task = task
        self._process: subprocess.Popen[bytes] | None = None

    def start_if_due(self) -> None:
        """Start the process if there is work and none runs; with the database away, try again in the next round."""
        if self._process is not None and self._process.poll() is None:
            return
        try:
            due = self._task.is_due()
        except (Error, OSError) as error:
            logger.warning("%s are tried again in the next round: %s", self._task.title, error)
            connection.close()
            return
        except Exception:  # the maintenance thread must not end over it
            logger.exception("%s are tried again in the next round", self._task.title)
            return
        if due:
            self._start()

    def _start(self) -> None:
        prefix = [sys.executable, "-I", "-S", str(DIE_WITH_PARENT), str(os.getpid())]
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), self._task.command, *self._task.options]
        environment = {"SDSITE_DATA": str(settings.DATA_DIR), "DJANGO_SETTINGS_MODULE": "sdsite.settings"}
        environment[env.SUPERVISED] = "1"
        try:
            self._process = subprocess.Popen(
                [*prefix, *command],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, **environment},
            )
        except OSError as error:
            logger.warning("%s are tried again in the next round: %s", self._task.title, error)

    def ask_to_end(self) -> None:
        """Ask the process to end, without waiting for it."""
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """End the process; unfinished work goes on at the next start."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def checkpoints() -> OnDemandProcess:
    """Return the process that downloads checkpoints and computes checksums."""
    from generation.checkpoints import maintenance  # here, so that the module does not need the apps

    tried: set[maintenance.ChecksumTask] = set()
    return OnDemandProcess(OnDemandTask("tend_checkpoints", "checkpoints", lambda: maintenance.is_due(tried)))


def weights() -> OnDemandProcess:
    """Return the process that looks for weights that vanished from the disk or were moved."""
    from generation.checkpoints import maintenance  # here, so that the module does not need the apps

    is_due = maintenance.LookTimer().is_due
    return OnDemandProcess(OnDemandTask("tend_checkpoints", "looks for weights", is_due, ("--look",)))


def webhooks() -> OnDemandProcess:
    """Return the process that delivers webhooks, and notices by e-mail and push, as long as there are any."""
    from generation.webhooks import worker  # here, so that the module does not need the apps

    return OnDemandProcess(OnDemandTask("send_webhooks", "webhooks and notices", worker.is_wanted))
