"""Wait for the end of a job without holding a thread or a database connection.

The event on the channel layer wakes the waiter; since the layer may lose messages, the row is read again every
POLL_SECONDS all the same.
"""

import asyncio
import logging
import uuid
from typing import Any

from asgiref.sync import sync_to_async
from django.db import Error, connection

from generation.models import Job
from generation.realtime.send_buffer import ENDS
from generation.realtime.subscribe import listening

logger = logging.getLogger(__name__)

MOST_SECONDS = 600
POLL_SECONDS = 1.0


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
    """Return `job` once it has ended, or after `seconds` (0 to MOST_SECONDS), whichever comes first.

    Cancelling the caller (a client that hung up) ends the wait; the job goes on.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    wakeup = asyncio.Event()

    def receive(message: dict[str, Any]) -> None:
        news = message.get("message") or {}
        if news.get("job") == str(job.pk) and news.get("event") in ENDS:
            wakeup.set()

    # Join first, read then: an end between the two would otherwise be missed.
    async with listening(job.owner_id, receive):
        while True:
            wakeup.clear()  # before reading, or a message that arrives meanwhile would be forgotten
            left = deadline - asyncio.get_running_loop().time()
            if await sync_to_async(_is_finished)(job.pk) or left <= 0:
                break
            try:
                await asyncio.wait_for(wakeup.wait(), min(left, POLL_SECONDS))
            except TimeoutError:
                continue
    return await sync_to_async(_read)(job.pk)


def _is_finished(pk: uuid.UUID) -> bool:
    try:
        status = Job.objects.values_list("status", flat=True).get(pk=pk)
    except Error as error:
        logger.warning("whether job %s has ended is asked again: %s", pk, error)
        return False
    finally:
        connection.close()  # hundreds may wait; none may hold a connection meanwhile
    return status not in Job.UNFINISHED


def _read(pk: uuid.UUID) -> Job:
    return Job.objects.select_related("checkpoint").get(pk=pk)
