"""Wait for the end of a job without holding a thread or a database connection.

The event on the channel layer wakes the waiter; since the layer may lose messages, the row is read again every
POLL_SECONDS all the same.
"""

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import close_old_connections
from redis import RedisError

from generation.models import Job
from generation.realtime.groups import user_group

logger = logging.getLogger(__name__)

MOST_SECONDS = 600
POLL_SECONDS = 1.0
ENDINGS = ("job.succeeded", "job.failed", "job.cancelled")


class JobUnsuccessful(Exception):
    """A job ended without the image that the caller waited for."""

    def __init__(self, job: Job) -> None:
        """Keep the job's id, and why it ended, as `code` and as the message."""
        cancelled = job.status == Job.Status.CANCELLED
        fallback = ("cancelled", "The job was cancelled.") if cancelled else ("internal_error", "The job failed.")
        super().__init__(job.error_message or fallback[1])
        self.code = job.error_code or fallback[0]
        self.job_id = job.pk


async def wait_until_finished(job: Job, seconds: float) -> Job:
    """Return `job` as it is once it has ended, or after `seconds` (0 to MOST_SECONDS), whichever comes first.

    Cancelling the caller (a client that hung up) ends the wait; the job goes on.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    # Join first, read then: an end between the two would otherwise go unheard.
    async with _bell(job) as rung:
        while True:
            rung.clear()  # before reading, or a ring while we read would be forgotten
            left = deadline - asyncio.get_running_loop().time()
            if await sync_to_async(_is_finished)(job.pk) or left <= 0:
                break
            try:
                await asyncio.wait_for(rung.wait(), min(left, POLL_SECONDS))
            except TimeoutError:
                continue
    return await sync_to_async(_read)(job.pk)


def _is_finished(pk: uuid.UUID) -> bool:
    status = Job.objects.values_list("status", flat=True).get(pk=pk)
    close_old_connections()  # hundreds may wait; none may hold a connection meanwhile
    return status not in Job.UNFINISHED


def _read(pk: uuid.UUID) -> Job:
    return Job.objects.select_related("checkpoint").get(pk=pk)


@asynccontextmanager
async def _bell(job: Job) -> AsyncIterator[asyncio.Event]:
    """Yield an event that is set whenever the layer says that `job` has ended; never set while Redis is away."""
    layer, group, rung = get_channel_layer(), user_group(job.owner_id), asyncio.Event()
    try:
        channel = await layer.new_channel()
        await layer.group_add(group, channel)
    except (RedisError, OSError) as error:
        logger.warning("waiting for job %s by reading its row only: %s", job.pk, error)
        yield rung
        return
    # One listener for the whole wait: cancelling receive() ends the subscription, so it must not time out itself.
    listener = asyncio.create_task(_listen(layer, channel, str(job.pk), rung))
    try:
        await asyncio.sleep(0)  # a task cancelled before its first step would leave its channel behind
        yield rung
    finally:
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
        try:
            await layer.group_discard(group, channel)
        except (RedisError, OSError) as error:
            logger.warning("a waiter left its group behind: %s", error)


async def _listen(layer: Any, channel: str, job_id: str, rung: asyncio.Event) -> None:
    while True:
        heard = (await layer.receive(channel)).get("message") or {}
        if heard.get("job") == job_id and heard.get("event") in ENDINGS:
            rung.set()
