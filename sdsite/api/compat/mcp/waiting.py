"""Waiting for the end of a job with reports of its progress, from the same events that the websockets have.

The channel layer is a hint and the row is the truth: every POLL_SECONDS the row is read, and the key checked again.
"""

import asyncio
import logging
from typing import Any

from django.db import Error, connection
from django.http import Http404

from generation.models import Job
from generation.realtime.job_subscription import POLL_SECONDS, JobSubscription, RowState, read_row_states
from generation.realtime.subscribe import listening
from sdsite.api.compat.mcp.calls import Call

logger = logging.getLogger(__name__)

ENDED = ("succeeded", "failed", "cancelled")
QUEUED_PART = 0.001  # of a step: what a report adds that says nothing of steps, because reports must grow


class Progress:
    """Reports of one job on their way to a client: each must be larger than the one before."""

    def __init__(self, call: Call) -> None:
        """Report to the client of `call`; nothing was reported yet."""
        self._report = call.report
        self._last = -1.0
        self._waited = 0

    async def tell(self, message: dict[str, Any]) -> None:
        """Report an event of the job, where it says more than the last one."""
        name, data = message["event"], message["data"]
        job = data["jobs"][0] if name == "snapshot" else data
        if name == "job.progress":
            await self._send(float(data["step"]), data["total"], f"step {data['step']} of {data['total']}")
        elif name == "queue.moved" or job.get("status") == "queued":
            self._waited = min(self._waited + 1, int(1 / QUEUED_PART) - 1)
            await self._send(self._waited * QUEUED_PART, None, _place(job))
        elif "status" in job:
            step, total = job["progress"]["step"], job["progress"]["total"]
            reached = max(step, total) if job["status"] == "succeeded" else max(step, 1 - QUEUED_PART)
            await self._send(reached, total or None, job["status"])

    async def _send(self, progress: float, total: int | None, text: str) -> None:
        if progress > self._last or text in ENDED:
            progress = progress if progress > self._last else self._last + QUEUED_PART
            self._last = progress
            await self._report(progress, total, text)


def _place(job: dict[str, Any]) -> str:
    position, seconds = job.get("position"), job.get("eta_seconds")
    where = f"queued at position {position}" if position else "queued"
    return f"{where}, done in about {seconds:.0f} s" if seconds is not None else where


async def wait_with_progress(call: Call, job: Job, seconds: float) -> Job:
    """Return `job` once it has ended, or after `seconds`, whichever comes first; report its progress meanwhile.

    Cancelling the caller (a client that hung up) ends the wait; the job goes on.

    Raises:
        WrongKey: the key was revoked or its owner suspended meanwhile.
        Http404: the job was deleted meanwhile.
    """
    now = asyncio.get_running_loop().time
    deadline = now() + seconds
    wakeup = asyncio.Event()
    subscription = JobSubscription(job, previews=False)
    progress = Progress(call)

    def receive(envelope: dict[str, Any]) -> None:
        if subscription.receive(envelope):
            wakeup.set()

    async with listening(job.owner_id, receive):  # join first, read then
        next_poll_at = now()
        while not subscription.ended and now() < deadline:
            wakeup.clear()
            if now() >= next_poll_at:
                state = await call.in_thread(_poll, call, subscription)
                next_poll_at = now() + POLL_SECONDS
                for message, _ in subscription.messages_from_row(state):
                    await progress.tell(message)
            while (fresh := subscription.next_message()) is not None:
                await progress.tell(fresh[0])
            if subscription.ended:
                break
            try:
                await asyncio.wait_for(wakeup.wait(), max(0.01, min(next_poll_at, deadline) - now()))
            except TimeoutError:
                continue
    return await call.in_thread(_read, call, job)


def _poll(call: Call, subscription: JobSubscription) -> RowState:
    """Read the row and check the key; an empty state when the database does not answer."""
    try:
        call.require_valid_key()
        state = read_row_states([subscription]).get(subscription.job_id, RowState())
    except Error as error:
        logger.warning("a wait for job %s goes on without the database: %s", subscription.job_id, error)
        return RowState()
    finally:
        connection.close()  # many may wait; none may hold a connection meanwhile
    if not state.exists:
        raise Http404
    return state


def _read(call: Call, job: Job) -> Job:
    """Return the row as it is now, for a caller who may still see it."""
    call.require_valid_key()
    found = Job.objects.visible_to(call.user).select_related("checkpoint").filter(pk=job.pk).first()
    if found is None:
        raise Http404
    return found
