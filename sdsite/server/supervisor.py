"""Keeps the parts of a site running: a table of parts, each started, watched, restarted when it dies, and ended.

Every part is a process in a session of its own (Ctrl-C in the terminal reaches the supervisor alone) and dies with
the supervisor, even if that is killed outright (`sdsite/server/die_with_parent.py`). Processes must be started from
the main thread, because the kernel ties them to the thread that started them.
"""

import os
import queue
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")
STEADY_SECONDS = 30.0  # a part that lived this long was not in a crash loop
FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
REPORT_AFTER_DEATHS = 3
TAIL_LINES = 20
ECHO_SECONDS = 0.5
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Part:
    """One row of the table.

    `command` is called with a fresh identity (unique name) at every start. `ready` is asked, with a way to see
    whether the process lives, before the next part starts. `stop_seconds` is how long the part may take to end
    after SIGTERM before it is killed; after `nudge_seconds` it gets a second SIGTERM, for parts to which that means
    "now". `on_death` gets the identity and the last lines of every process that ended; a true answer means that it
    mended what kept the part from starting. `shown` says whether its lines go to the terminal, or only its last ones
    when it dies.
    """

    name: str
    command: Callable[[str], Sequence[str]]
    stop_seconds: float
    nudge_seconds: float = float("inf")
    ready: Callable[[Callable[[], bool]], bool] | None = None
    on_death: Callable[[str, list[str]], object] | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    shown: bool = True


class Running:
    """One process of a part, and a thread that carries its output to the terminal."""

    def __init__(self, part: Part, notify: Callable[[str], None]) -> None:
        """Start it; `notify(part name)` is called from the thread when its output ends."""
        self.part = part
        self.identity = f"{socket.gethostname()}-{part.name}-{secrets.token_hex(4)}"
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self.started = time.monotonic()
        prefix = [sys.executable, "-I", "-S", str(DIE_WITH_PARENT), str(os.getpid())]
        self.process = subprocess.Popen(
            [*prefix, *part.command(self.identity)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **part.environ},
        )
        self._pump = threading.Thread(target=self._carry, args=(notify,), name=f"output-{part.name}", daemon=True)
        self._pump.start()

    def _carry(self, notify: Callable[[str], None]) -> None:
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            line = raw.decode(errors="replace").rstrip("\n")
            self.tail.append(line)
            if self.part.shown:
                say(f"{self.part.name:>8} | {line}")
        notify(self.part.name)

    def alive(self) -> bool:
        """Whether the process runs."""
        return self.process.poll() is None

    def last_words(self) -> list[str]:
        """Return the last lines it wrote, once it has ended."""
        self._pump.join(timeout=1.0)
        return list(self.tail)


def say(line: str) -> None:
    """Write a line to standard error; whoever closed it does not stop the site."""
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


class Supervisor:
    """Starts `parts` in order, keeps them alive while `step` is called, ends them in the opposite order."""

    def __init__(self, parts: Sequence[Part], *, longest_delay_seconds: float = LONGEST_DELAY_SECONDS) -> None:
        """Keep the table; nothing starts yet."""
        self.parts = tuple(parts)
        self.longest_delay_seconds = longest_delay_seconds
        self.running: dict[str, Running] = {}
        self.stop_requests = 0
        self._deaths: dict[str, int] = {}
        self._due: dict[str, float] = {}
        self._heard = -ECHO_SECONDS
        # SimpleQueue.put may be called from a signal handler; most other ways to wake a thread may deadlock there.
        self._wake: queue.SimpleQueue[str] = queue.SimpleQueue()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Turn SIGINT, SIGTERM and SIGHUP into `stop_requests` while the context lasts."""
        before = {number: signal.signal(number, self._hear) for number in STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, number: int, frame: object) -> None:
        # One wish may arrive twice: `make` hands on what the terminal has sent to the whole group already.
        if time.monotonic() - self._heard > ECHO_SECONDS:
            self.stop_requests += 1
        self._heard = time.monotonic()
        self._wake.put("")

    def start(self) -> bool:
        """Start every part, waiting for each that says when it is ready; False when one is not, or a stop was asked."""
        return all(not self.stop_requests and self._start(part) for part in self.parts)

    def _start(self, part: Part) -> bool:
        """Start one part; one that cannot read what it kept may put it aside in `on_death` and try once more."""
        for _ in range(2):
            running = self.running[part.name] = Running(part, self._wake.put)
            if part.ready is None or part.ready(lambda: running.alive() and not self.stop_requests):  # noqa: B023
                return True
            self._end(running)
            if self.stop_requests:
                return False
            if part.on_death is None or not part.on_death(running.identity, running.last_words()):
                break
        self._tell_last_words(running)
        return False

    def step(self, seconds: float) -> None:
        """Wait until something happens, at most `seconds`; bury the dead, start those that are due."""
        pause = min([seconds, *(due - time.monotonic() for due in self._due.values())])
        try:
            ended = self.running.get(self._wake.get(timeout=max(pause, 0.01)))
            if ended is not None:  # its output is closed; its death is a moment away
                ended.process.wait(timeout=1.0)
        except (queue.Empty, subprocess.TimeoutExpired):
            pass
        self._bury()
        now = time.monotonic()
        for part in self.parts:
            if part.name in self._due and self._due[part.name] <= now and not self.stop_requests:
                del self._due[part.name]
                self.running[part.name] = Running(part, self._wake.put)

    def failing(self) -> list[str]:
        """Return the names of parts that die again and again."""
        return [name for name, deaths in self._deaths.items() if deaths >= REPORT_AFTER_DEATHS]

    def _bury(self) -> None:
        for name, running in list(self.running.items()):
            if running.alive():
                continue
            del self.running[name]
            lived = time.monotonic() - running.started
            deaths = self._deaths[name] = 1 if lived > STEADY_SECONDS else self._deaths.get(name, 0) + 1
            delay = 0.0 if deaths == 1 else min(FIRST_DELAY_SECONDS * 2 ** (deaths - 2), self.longest_delay_seconds)
            self._due[name] = time.monotonic() + delay
            say(f"{name} ended ({describe_end(running.process.returncode)}); starting it again in {delay:g} s")
            if deaths >= REPORT_AFTER_DEATHS:
                say(f"{name} keeps failing: {deaths} times in a row. See docs/operations.md.")
            if not running.part.shown:
                self._tell_last_words(running)
            if running.part.on_death is not None:
                running.part.on_death(running.identity, running.last_words())

    @staticmethod
    def _tell_last_words(running: Running) -> None:
        for line in running.last_words():
            say(f"{running.part.name:>8} | {line}")

    def stop(self) -> None:
        """End every part, last started first; a stop request that comes meanwhile kills them at once."""
        for part in reversed(self.parts):
            running = self.running.pop(part.name, None)
            if running is not None:
                self._end(running)
                if part.on_death is not None:
                    part.on_death(running.identity, running.last_words())

    def _end(self, running: Running) -> None:
        """Ask the process to end, ask again, and in the end do not ask."""
        asked = time.monotonic()
        nudged = False
        if running.alive():
            running.process.terminate()
        while running.alive() and self.stop_requests <= 1:
            waited = time.monotonic() - asked
            if waited > running.part.stop_seconds:
                break
            if waited > running.part.nudge_seconds and not nudged:
                running.process.terminate()
                nudged = True
            with suppress(subprocess.TimeoutExpired):
                running.process.wait(timeout=0.05)
        if running.alive():
            say(f"{running.part.name} did not end by itself and is killed")
            with suppress(ProcessLookupError):
                os.killpg(running.process.pid, signal.SIGKILL)
            running.process.wait()
        running.last_words()


def describe_end(code: int) -> str:
    """Say how a process ended: "exit code 1", "killed by SIGKILL"."""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
