"""Table of the faults of a chaos run, and the injector that causes them."""

import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from django.db import Error, connection
from redis import RedisError

from generation import redis_client
from generation.models import Job
from generation.models.job import MAX_ATTEMPTS
from sdsite.devtools.chaos import database
from sdsite.devtools.chaos.site import ChaosSite
from sdsite.server.supervisor import say

SPREAD = (0.3, 1.7)  # factors of the mean time between two faults
FROZEN_SECONDS = (0.5, 9.0)  # shorter and longer than the lease
CUT_SECONDS = (0.5, 7.0)


@dataclass(frozen=True)
class Fault:
    """A fault: its name in the report, and the function that injects it, False where there was nothing to hit."""

    name: str
    inject: Callable[["FaultInjector"], bool]


class FaultInjector:
    """Injects every fault once in random order, shuffles, and begins again; `injected` counts them."""

    def __init__(self, site: ChaosSite, seed: int, server_url: str, every: float) -> None:
        """Take the site; `every` is the mean number of seconds between two faults."""
        self.site = site
        self.server_url = server_url
        self.every = every
        self.dice = random.Random(f"faults {seed}")
        self.injected: Counter[str] = Counter()
        self._pending: list[Fault] = []
        self._next_at = time.monotonic() + self._pause()
        self._frozen: list[tuple[float, subprocess.Popen[bytes]]] = []
        self._cut: threading.Thread | None = None

    def step(self) -> None:
        """Resume frozen processes that are due, and inject the next fault when it is due."""
        now = time.monotonic()
        self._resume(now)
        if now < self._next_at:
            return
        self._next_at = now + self._pause()
        if not self._pending:
            self._pending = self.dice.sample(FAULTS, len(FAULTS))
        fault = self._pending.pop()
        if fault.inject(self):
            self.injected[fault.name] += 1
            say(f"   chaos | {fault.name}")

    def _pause(self) -> float:
        return self.every * self.dice.uniform(*SPREAD)

    def undo(self) -> None:
        """Resume all frozen processes now, and wait until the database is back."""
        self._resume(float("inf"))
        if self._cut is not None:
            self._cut.join()

    def _resume(self, now: float) -> None:
        for moment, process in self._frozen:
            if moment <= now:
                process.send_signal(signal.SIGCONT)  # Popen sends nothing to a process that has ended
        self._frozen = [one for one in self._frozen if one[0] > now]

    def _signal(self, part: str, number: signal.Signals) -> bool:
        process = self.site.process(part)
        if process is not None:
            process.send_signal(number)
        return process is not None

    def freeze(self, part: str) -> bool:
        """Freeze the process of a part for a while."""
        process = self.site.process(part)
        if process is None or not self._signal(part, signal.SIGSTOP):
            return False
        self._frozen.append((time.monotonic() + self.dice.uniform(*FROZEN_SECONDS), process))
        return True

    def kill(self, part: str) -> bool:
        """Kill a part outright; the supervisor starts it again."""
        return self._signal(part, signal.SIGKILL)

    def end(self, part: str) -> bool:
        """Ask a part to end; the supervisor starts it again."""
        return self._signal(part, signal.SIGTERM)

    def worker(self) -> str:
        """Choose a worker; "" for one whose job has been lost so often that it would rightly fail if lost once more."""
        names = [part.name for part in self.site.workers]
        name = self.dice.choice(names)
        return name if self._may_lose(name) else ""

    def _may_lose(self, part: str) -> bool:
        held = Job.objects.filter(worker=self.site.identity(part), losses__gte=MAX_ATTEMPTS - 1)
        try:
            return not held.filter(status=Job.Status.RUNNING).exists()
        except Error:
            connection.close()
            return False

    def flush(self) -> bool:
        """Empty Valkey."""
        with suppress(RedisError):
            return bool(redis_client.connection().flushall())
        return False

    def cut_database(self) -> bool:
        """Cut all processes off from the database for a while."""
        if self._cut is not None and self._cut.is_alive():
            return False
        self._cut = database.cut(self.dice.uniform(*CUT_SECONDS), self.server_url)
        return True


# The worker can fail in the most ways, so it has the most rows.
FAULTS: list[Fault] = [
    Fault("worker killed", lambda injector: injector.kill(injector.worker())),
    Fault("worker frozen", lambda injector: injector.freeze(injector.worker())),
    Fault("worker asked to end", lambda injector: injector.end(injector.worker())),
    Fault("Valkey killed", lambda injector: injector.kill("valkey")),
    Fault("Valkey restarted", lambda injector: injector.end("valkey")),
    Fault("Valkey frozen", lambda injector: injector.freeze("valkey")),
    Fault("Valkey emptied", lambda injector: injector.flush()),
    Fault("web killed", lambda injector: injector.kill("web")),
    Fault("web restarted", lambda injector: injector.end("web")),
    Fault("database cut off", lambda injector: injector.cut_database()),
]
