"""What goes wrong on a chaotic day: a table of disasters, and who deals them out."""

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

SPREAD = (0.3, 1.7)  # of the mean time between two disasters
FROZEN_SECONDS = (0.5, 9.0)  # on both sides of the lease
CUT_SECONDS = (0.5, 7.0)


@dataclass(frozen=True)
class Disaster:
    """One row of the table: its name in the report, and what it does; False when there was nothing to hit."""

    name: str
    strike: Callable[["Director"], bool]


class Director:
    """Deals out every disaster once in random order, shuffles, and begins again; `happened` counts them."""

    def __init__(self, site: ChaosSite, seed: int, server_url: str, every: float) -> None:
        """Take the site that is to suffer, `every` so many seconds on the average."""
        self.site = site
        self.server_url = server_url
        self.every = every
        self.dice = random.Random(f"disasters {seed}")
        self.happened: Counter[str] = Counter()
        self._deck: list[Disaster] = []
        self._next_at = time.monotonic() + self._pause()
        self._frozen: list[tuple[float, subprocess.Popen[bytes]]] = []
        self._cut: threading.Thread | None = None

    def step(self) -> None:
        """Wake whom it is time to wake, and strike when the next disaster is due."""
        now = time.monotonic()
        self._wake(now)
        if now < self._next_at:
            return
        self._next_at = now + self._pause()
        if not self._deck:
            self._deck = self.dice.sample(DISASTERS, len(DISASTERS))
        disaster = self._deck.pop()
        if disaster.strike(self):
            self.happened[disaster.name] += 1
            say(f"   chaos | {disaster.name}")

    def _pause(self) -> float:
        return self.every * self.dice.uniform(*SPREAD)

    def relent(self) -> None:
        """Wake everybody, now, and wait for the database; nothing more happens unless `step` is called."""
        self._wake(float("inf"))
        if self._cut is not None:
            self._cut.join()

    def _wake(self, now: float) -> None:
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
        """Stop the process of a part for a while."""
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
        """Choose a worker, but none whose job was lost so often that once more would rightly make it fail."""
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
        """Cut everybody off from the database for a while."""
        if self._cut is not None and self._cut.is_alive():
            return False
        self._cut = database.cut(self.dice.uniform(*CUT_SECONDS), self.server_url)
        return True


# The worker is what most can go wrong with, so it has the most rows.
DISASTERS: list[Disaster] = [
    Disaster("worker killed", lambda director: director.kill(director.worker())),
    Disaster("worker frozen", lambda director: director.freeze(director.worker())),
    Disaster("worker asked to end", lambda director: director.end(director.worker())),
    Disaster("Valkey killed", lambda director: director.kill("valkey")),
    Disaster("Valkey restarted", lambda director: director.end("valkey")),
    Disaster("Valkey frozen", lambda director: director.freeze("valkey")),
    Disaster("Valkey emptied", lambda director: director.flush()),
    Disaster("web killed", lambda director: director.kill("web")),
    Disaster("web restarted", lambda director: director.end("web")),
    Disaster("database cut off", lambda director: director.cut_database()),
]
