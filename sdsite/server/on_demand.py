"""Processes that run only while there is something for them to do: one looks after checkpoints, one tells webhooks."""

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

from sdsite.server.supervisor import DIE_WITH_PARENT

logger = logging.getLogger(__name__)

STOP_SECONDS = 4.0


@dataclass(frozen=True)
class OnDemandTask:
    """One kind of such work: its command of `manage.py`, what it is for, and whether there is something to do."""

    command: str
    words: str
    is_due: Callable[[], bool]


class OnDemandProcess:
    """At most one process for one kind of work, looked after by one thread; it dies with that thread (Linux)."""

    def __init__(self, process: OnDemandTask) -> None:
        """Nothing runs yet."""
        self._task = process
        self._process: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Start the process if there is something to do and none runs; a database that is away is asked again later."""
        if self._process is not None and self._process.poll() is None:
            return
        try:
            due = self._task.is_due()
        except (Error, OSError) as error:
            logger.warning("%s in the next round: %s", self._task.words, error)
            connection.close()
            return
        except Exception:  # whatever it was, the thread that looks after jobs must not end over it
            logger.exception("%s in the next round", self._task.words)
            return
        if due:
            self._start()

    def _start(self) -> None:
        prefix = [sys.executable, "-I", "-S", str(DIE_WITH_PARENT), str(os.getpid())]
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), self._task.command]
        environment = {"SDSITE_DATA": str(settings.DATA_DIR), "DJANGO_SETTINGS_MODULE": "sdsite.settings"}
        try:
            self._process = subprocess.Popen(
                [*prefix, *command],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, **environment},
            )
        except OSError as error:
            logger.warning("%s in the next round: %s", self._task.words, error)

    def ask_to_end(self) -> None:
        """Tell the process to end, without waiting for it."""
        if self._process is not None:
            self._process.terminate()

    def stop(self) -> None:
        """End the process; what it had in hand goes on at the next start."""
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
    """Return the errands of checkpoints: fetch them, work out checksums."""
    from generation.checkpoints import maintenance  # only commands bring the rooms together

    tried: set[maintenance.ChecksumTask] = set()
    return OnDemandProcess(
        OnDemandTask("tend_checkpoints", "checkpoints are looked after", lambda: maintenance.is_due(tried))
    )


def webhooks() -> OnDemandProcess:
    """Return the errands of webhooks: tell them what is due, for as long as somebody has one."""
    from generation.webhooks import delivery  # only commands bring the rooms together

    return OnDemandProcess(OnDemandTask("send_webhooks", "webhooks are told", delivery.is_wanted))
