"""Progress bar of a job in a terminal, and the listener that receives its steps over the channel layer."""

import asyncio
import sys
import threading
import uuid
from contextlib import suppress

from channels.layers import get_channel_layer

BAR_CELLS = 30
JOIN_SECONDS = 5.0


class StepListener:
    """Receives `job.progress` of one user's jobs on a thread with an event loop of its own, as a websocket would.

    Events are a hint that may be missing: then the bar follows the row, about once a second.
    """

    def __init__(self, user_id: int) -> None:
        """Start to listen; return once the group is joined, or after JOIN_SECONDS without."""
        self.steps: dict[str, tuple[int, int]] = {}
        self._user_id = user_id
        self._joined = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="step-listener", daemon=True)
        self._thread.start()
        self._joined.wait(JOIN_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._task = self._loop.create_task(self._listen())
        with suppress(asyncio.CancelledError, OSError):
            self._loop.run_until_complete(self._task)

    async def _listen(self) -> None:
        from generation.events.groups import user_group

        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(user_group(self._user_id), channel)
        self._joined.set()
        while True:
            message = (await layer.receive(channel)).get("message", {})
            if message.get("event") == "job.progress":
                self.steps[message["job"]] = (message["data"]["step"], message["data"]["total"])

    def step_of(self, job_id: uuid.UUID) -> tuple[int, int]:
        """Return the last (callbacks done, callbacks in all), (0, 0) before the first event."""
        return self.steps.get(str(job_id), (0, 0))

    def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(timeout=2.0)


class Bar:
    """Progress bar on a terminal; where standard error is no terminal, a plain line for each quarter."""

    def __init__(self) -> None:
        """Find out whether standard error is a terminal."""
        self._live = sys.stderr.isatty()
        self._last = ""
        self._is_shown = False

    def show(self, state: str, step: int = 0, total: int = 0) -> None:
        """Show `state`, and `step` of `total` where a total is known."""
        if not self._live:
            quarter = 4 * step // total if total else 0
            self._line(f"{state}{f' step {step} of {total}' if quarter else ''}", key=f"{state}{quarter}")
            return
        text = state
        if total:
            cells = BAR_CELLS * step // total
            text = f"{state} [{'#' * cells}{'.' * (BAR_CELLS - cells)}] step {step} of {total}"
        if text != self._last:
            self._last = text
            self._is_shown = True
            _write(f"\r\x1b[2K{text}")

    def _line(self, text: str, key: str) -> None:
        if key != self._last:
            self._last = key
            _write(f"{text}\n")

    def end(self) -> None:
        """End the bar's line."""
        if self._is_shown:
            _write("\n")
            self._is_shown = False


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
