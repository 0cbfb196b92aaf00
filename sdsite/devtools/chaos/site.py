"""Temporary site of a chaos run: the real parts under the real supervisor, in a temporary folder, on loopback."""

import signal
import socket
import subprocess
from contextlib import suppress
from types import TracebackType
from typing import Self

from django.conf import settings
from redis import RedisError

from generation.checkpoints import starter
from generation.models import Checkpoint
from generation.queue.workers import live_workers
from sdsite.accounts.api_keys import create_key
from sdsite.accounts.models import User
from sdsite.devtools.chaos.workload import GONE_CHECKPOINT, SECOND_CHECKPOINT
from sdsite.server import bootstrap
from sdsite.server.processes import Maintenance, valkey_part, web_part, worker_part
from sdsite.server.site import is_ready
from sdsite.server.supervisor import Supervisor

HOST = "127.0.0.1"
POLL_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 1.0  # parts are killed here rather than broken, so long delays would be of no use


class ChaosSite:
    """Context manager that runs Valkey, web, workers and maintenance; the main thread must call `step` repeatedly."""

    def __init__(self, workers: int) -> None:
        """Prepare the parts."""
        self.port = _free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.maintenance = Maintenance()
        self.workers = [worker_part(number, self.maintenance, workers=workers) for number in range(1, workers + 1)]
        parts = [valkey_part(), web_part(HOST, self.port), *self.workers]
        self.supervisor = Supervisor(parts, longest_delay_seconds=LONGEST_DELAY_SECONDS)

    def __enter__(self) -> Self:
        """Prepare the database and start every part."""
        bootstrap.migrate()
        starter.offer()
        _more_checkpoints()
        self._signals = self.supervisor.handling_signals()
        self._signals.__enter__()
        self.supervisor.start()
        self.maintenance.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every part, the frozen ones too."""
        for process in self.processes():
            process.send_signal(signal.SIGCONT)
        self.supervisor.stop()
        self.maintenance.finish()
        self._signals.__exit__(kind, error, trace)

    def step(self) -> None:
        """Let the supervisor work for a moment."""
        self.supervisor.step(POLL_SECONDS)

    def is_ready(self) -> bool:
        """Whether the site answers and every worker is registered."""
        with suppress(RedisError):
            return len(live_workers()) >= len(self.workers) and is_ready(HOST, self.port)
        return False

    def process(self, part: str) -> subprocess.Popen[bytes] | None:
        """Return the process of a part; None while it is dead."""
        running = self.supervisor.running.get(part)
        return running.process if running is not None and running.alive() else None

    def identity(self, part: str) -> str:
        """Return the name of a part's process in the job rows that it holds; "" while it is dead."""
        running = self.supervisor.running.get(part)
        return running.identity if running is not None else ""

    def processes(self) -> list[subprocess.Popen[bytes]]:
        """Return the processes of all living parts."""
        found = [self.process(part.name) for part in self.supervisor.parts]
        return [process for process in found if process is not None]


def create_user(name: str) -> str:
    """Create a user and return an API key with all scopes."""
    owner = User.objects.create(username=name)
    return create_key(owner=owner, name="chaos", scopes=["generate", "read", "write"])[1]


def _more_checkpoints() -> None:
    ours = Checkpoint.objects.get(slug="starter")
    places = {SECOND_CHECKPOINT: ours.location, GONE_CHECKPOINT: str(settings.DATA_DIR / "nowhere")}
    for slug, location in places.items():
        row = Checkpoint.objects.get(pk=ours.pk)
        row.pk, row.slug, row.title, row.location, row.is_default = None, slug, slug.title(), location, False
        row.save(force_insert=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
