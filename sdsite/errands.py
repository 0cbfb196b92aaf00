"""The process that fetches checkpoints and works out checksums; it runs only while there is something to do."""

import logging
import os
import signal
import subprocess
import sys
from contextlib import suppress

from django.conf import settings
from django.db import Error, connection

from sdsite.supervisor import TETHER

logger = logging.getLogger(__name__)

STOP_SECONDS = 4.0


class Errands:
    """At most one such process, looked after by one thread: it dies with the thread that started it (Linux)."""

    def __init__(self) -> None:
        """Nothing runs yet."""
        self._process: subprocess.Popen[bytes] | None = None
        self._tried: set[tuple[int, str]] = set()

    def look(self) -> None:
        """Start the process if there is something to do and none runs; a database that is away is asked again later."""
        if self._process is not None and self._process.poll() is None:
            return
        from generation import checkpoint_errands  # only commands bring the rooms together

        try:
            due = checkpoint_errands.is_due(self._tried)
        except (Error, OSError) as error:
            logger.warning("checkpoints are looked after in the next round: %s", error)
            connection.close()
            return
        except Exception:  # whatever it was, the thread that looks after jobs must not end over it
            logger.exception("checkpoints are looked after in the next round")
            return
        if due:
            self._start()

    def _start(self) -> None:
        tether = [sys.executable, "-I", "-S", str(TETHER), str(os.getpid())]
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "tend_checkpoints"]
        environment = {"SDSITE_DATA": str(settings.DATA_DIR), "DJANGO_SETTINGS_MODULE": "sdsite.settings"}
        try:
            self._process = subprocess.Popen(
                [*tether, *command],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, **environment},
            )
        except OSError as error:
            logger.warning("checkpoints are looked after in the next round: %s", error)

    def stop(self) -> None:
        """End the process; what it fetches goes on at the next start."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
