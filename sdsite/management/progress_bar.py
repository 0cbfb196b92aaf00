"""Follow a job from a terminal: steps over the channel layer while they come, the row for the truth."""

import asyncio
import sys
import threading
import uuid
from contextlib import suppress

from channels.layers import get_channel_layer

BAR_CELLS = 30
JOIN_SECONDS = 5.0


class StepListener:
    """Hears `job.progress` of one person's jobs on a thread with a loop of its own, as a websocket would.

    A hint that may be missing: then the bar moves with the row, about once a second.
    """

    def __init__(self, user_id: int) -> None:
        """Start to listen; returns once the group is joined, or after JOIN_SECONDS without."""
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
        """Return (callbacks done, callbacks in all) as last heard, (0, 0) when nothing was."""
        return self.steps.get(str(job_id), (0, 0))

    def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(timeout=2.0)


class Bar:
    """A step bar on a terminal; plain lines, one a quarter, where standard error is a file."""

    def __init__(self) -> None:
        """Look where it is shown."""
        self._live = sys.stderr.isatty()
        self._last = ""
        self._drawn = False

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
            self._drawn = True
            _write(f"\r\x1b[2K{text}")

    def _line(self, text: str, key: str) -> None:
        if key != self._last:
            self._last = key
            _write(f"{text}\n")

    def end(self) -> None:
        """Leave the bar's line."""
        if self._drawn:
            _write("\n")
            self._drawn = False


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
