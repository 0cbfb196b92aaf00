"""Supervisor of a site's parts, which starts them, restarts those that die, and ends them.

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
LONGEST_BACKOFF_SECONDS = 600.0
REPORT_AFTER_DEATHS = 3
TAIL_LINES = 20
ECHO_SECONDS = 0.5
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Part:
    """A kind of process that the supervisor keeps running.

    `command` is called with a fresh identity (unique name) at every start. `ready` is called before the next part
    starts, with a function that returns whether the process lives. `stop_seconds` is the time to end after SIGTERM
    before the part is killed; after `nudge_seconds` it gets a second SIGTERM, for parts to which that means "now".
    `on_death` gets the identity and the last lines of every process that ended; a true result means that it fixed
    what kept the part from starting. `on_wait` gets the identity and the seconds until it is started again. `shown`:
    all its output goes to the terminal, else only the last lines when it dies.

    After an exit code of `backoff` the part waits 1, 2, 4 ... seconds before it is started again, up to
    LONGEST_BACKOFF_SECONDS; a true value says that it has done its work before, so that this begins anew. It is then
    started with `environ_after_backoff` too.
    """

    name: str
    command: Callable[[str], Sequence[str]]
    stop_seconds: float
    nudge_seconds: float = float("inf")
    ready: Callable[[Callable[[], bool]], bool] | None = None
    on_death: Callable[[str, list[str]], object] | None = None
    on_wait: Callable[[str, float], object] | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    backoff: Mapping[int, bool] = field(default_factory=dict)
    environ_after_backoff: Mapping[str, str] = field(default_factory=dict)
    shown: bool = True


class Running:
    """One process of a part, and the thread that copies its output to the terminal."""

    def __init__(self, part: Part, notify: Callable[[str], None], *, environ: Mapping[str, str] | None = None) -> None:
        """Start it, with `environ` too; `notify(part name)` is called from the thread when its output ends."""
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
            env={**os.environ, "PYTHONUNBUFFERED": "1", **part.environ, **(environ or {})},
        )
        self._pump = threading.Thread(target=self._copy_output, args=(notify,), name=f"output-{part.name}", daemon=True)
        self._pump.start()

    def _copy_output(self, notify: Callable[[str], None]) -> None:
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

    def last_lines(self) -> list[str]:
        """Return the last lines of its output, once it has ended."""
        self._pump.join(timeout=1.0)
        return list(self.tail)


def say(line: str) -> None:
    """Write a line to standard error; a closed standard error does not stop the site."""
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


class Supervisor:
    """Starts `parts` in order, keeps them alive while `step` is called, ends them in the opposite order."""

    def __init__(self, parts: Sequence[Part], *, longest_delay_seconds: float = LONGEST_DELAY_SECONDS) -> None:
        """Take the parts; nothing starts yet."""
        self.parts = tuple(parts)
        self.longest_delay_seconds = longest_delay_seconds
        self.running: dict[str, Running] = {}
        self.stop_requests = 0
        self._deaths: dict[str, int] = {}
        self._backoffs: dict[str, int] = {}
        self._due: dict[str, float] = {}
        self._signalled_at = -ECHO_SECONDS
        # SimpleQueue.put may be called from a signal handler; most other ways to wake a thread may deadlock there.
        self._wake: queue.SimpleQueue[str] = queue.SimpleQueue()

    @contextmanager
    def handling_signals(self) -> Iterator[None]:
        """Turn SIGINT, SIGTERM and SIGHUP into `stop_requests` while the context lasts."""
        before = {number: signal.signal(number, self._on_signal) for number in STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: object) -> None:
        # One Ctrl-C may arrive twice: `make` passes on what the terminal has sent to the whole group already.
        if time.monotonic() - self._signalled_at > ECHO_SECONDS:
            self.stop_requests += 1
        self._signalled_at = time.monotonic()
        self._wake.put("")

    def start(self) -> bool:
        """Start every part and wait for those with `ready`; return False when one fails or a stop was requested."""
        return all(not self.stop_requests and self._start(part) for part in self.parts)

    def _start(self, part: Part) -> bool:
        """Start one part; if its `on_death` fixed what kept it from starting, try once more."""
        for _ in range(2):
            running = self.running[part.name] = Running(part, self._wake.put)
            if part.ready is None or part.ready(lambda: running.alive() and not self.stop_requests):  # noqa: B023
                return True
            self._end(running)
            if self.stop_requests:
                return False
            if part.on_death is None or not part.on_death(running.identity, running.last_lines()):
                break
        self._print_last_lines(running)
        return False

    def step(self, seconds: float) -> None:
        """Wait for an event, at most `seconds`; then schedule restarts of ended parts and start those that are due."""
        pause = min([seconds, *(due - time.monotonic() for due in self._due.values())])
        try:
            ended = self.running.get(self._wake.get(timeout=max(pause, 0.01)))
            if ended is not None:  # its output is closed; its death is a moment away
                ended.process.wait(timeout=1.0)
        except (queue.Empty, subprocess.TimeoutExpired):
            pass
        self._collect_ended()
        now = time.monotonic()
        for part in self.parts:
            if part.name in self._due and self._due[part.name] <= now and not self.stop_requests:
                del self._due[part.name]
                environ = part.environ_after_backoff if part.name in self._backoffs else None
                self.running[part.name] = Running(part, self._wake.put, environ=environ)

    def failing(self) -> list[str]:
        """Return the names of the parts that keep dying."""
        return [name for name, deaths in self._deaths.items() if deaths >= REPORT_AFTER_DEATHS]

    def _collect_ended(self) -> None:
        for name, running in list(self.running.items()):
            if running.alive():
                continue
            del self.running[name]
            delay = self._delay(running)
            deaths = self._deaths[name]
            self._due[name] = time.monotonic() + delay
            say(f"{name} ended ({describe_end(running.process.returncode)}); starting it again in {delay:g} s")
            if deaths >= REPORT_AFTER_DEATHS:
                say(f"{name} keeps failing: {deaths} times in a row. See docs/operations.md.")
            if not running.part.shown:
                self._print_last_lines(running)
            if running.part.on_wait is not None:
                running.part.on_wait(running.identity, delay)
            if running.part.on_death is not None:
                running.part.on_death(running.identity, running.last_lines())

    def _delay(self, ended: Running) -> float:
        """Count the end of a process, and return the seconds until its part is started again."""
        name, code = ended.part.name, ended.process.returncode
        lived = time.monotonic() - ended.started
        deaths = self._deaths[name] = 1 if lived > STEADY_SECONDS else self._deaths.get(name, 0) + 1
        if code not in ended.part.backoff:
            self._backoffs.pop(name, None)
            return 0.0 if deaths == 1 else min(FIRST_DELAY_SECONDS * 2 ** (deaths - 2), self.longest_delay_seconds)
        before = 0 if ended.part.backoff[code] else self._backoffs.get(name, 0)
        self._backoffs[name] = before + 1
        return float(min(2**before, LONGEST_BACKOFF_SECONDS))

    @staticmethod
    def _print_last_lines(running: Running) -> None:
        for line in running.last_lines():
            say(f"{running.part.name:>8} | {line}")

    def stop(self) -> None:
        """End every part, last started first; a stop request in the meantime kills them at once."""
        for part in reversed(self.parts):
            running = self.running.pop(part.name, None)
            if running is not None:
                self._end(running)
                if part.on_death is not None:
                    part.on_death(running.identity, running.last_lines())

    def _end(self, running: Running) -> None:
        """Send SIGTERM, after `nudge_seconds` again, and after `stop_seconds` kill the process group."""
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
        running.last_lines()


def describe_end(code: int) -> str:
    """Return how a process ended: "exit code 1", "killed by SIGKILL"."""
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
