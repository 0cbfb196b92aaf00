"""Base class of the websockets for programs: submit jobs, follow them, and send as fast as the client reads.

Three things go on side by side: messages of the channel layer go into the buffers of their subscriptions at once; one
task handles the client's commands in their order; one task delivers what is new, as fast as the client reads. So a slow
client loses previews and intermediate steps, never a state or an image, and costs bounded memory.
"""

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import Coroutine
from typing import Any, ClassVar

from channels.db import database_sync_to_async
from django.db import Error, connection

from generation.jobs.submission.submit import submit_job
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from generation.realtime.authentication import authenticate_again
from generation.realtime.base_consumer import BaseConsumer
from generation.realtime.job_subscription import POLL_SECONDS, JobSubscription, RowState, read_row_states
from generation.realtime.send_buffer import Message
from generation.serializers.jobs import serialize_job
from sdsite.api.endpoint import answer_for
from sdsite.api.errors import Answer, get_status
from sdsite.core import web_seconds
from sdsite.core.backpressure import get_backpressure

logger = logging.getLogger(__name__)

ROOM = 32  # previews of one job that may wait for the client before the newer ones overtake
MOST_COMMANDS = 256  # of one client that may wait
MANY_COMMANDS = 32  # from which on no more is read until some are handled
MANY_BYTES = 1_000_000  # of waiting commands, likewise
MOST_UNCLAIMED = 512  # messages that are kept while a job is submitted, because some may concern it
CLOSE_BASE = 4000  # close codes are HTTP statuses plus this
ClientMessage = str | bytes


def close_code(answer: Answer) -> int:
    """Return the close code for `answer`: 4401 for HTTP's 401."""
    return CLOSE_BASE + get_status(answer)


def _read_row_states(subscriptions: list[JobSubscription]) -> dict[uuid.UUID, RowState]:
    try:
        return read_row_states(subscriptions)
    except Error as error:
        logger.warning("a websocket waits for the database: %s", error)
        connection.close()
        return {}


class JobConsumer(BaseConsumer):
    """A websocket that submits jobs and follows them; subclasses define the messages."""

    scopes: ClassVar[tuple[str, ...]] = ("generate", "read")
    source: ClassVar[str]

    subscriptions: dict[uuid.UUID, JobSubscription]
    tasks: tuple[asyncio.Task[None], ...] = ()

    # Messages, defined by subclasses

    async def ready(self) -> None:
        """Say what a client must know at first."""

    async def handle(self, command: ClientMessage) -> None:
        """Carry out a message of the client, and answer errors."""
        raise NotImplementedError

    async def send_event(self, subscription: JobSubscription, message: Message, body: bytes | None) -> None:
        """Send an event of a job; `body` is a preview's JPEG."""
        raise NotImplementedError

    async def send_deleted(self, subscription: JobSubscription) -> None:
        """Send that a followed job was deleted."""
        raise NotImplementedError

    async def send_error(self, answer: Answer) -> None:
        """Send an error of a command, or of the connection."""
        raise NotImplementedError

    async def idle(self) -> float:
        """Do what is due between two deliveries; return the seconds until the next call."""
        return POLL_SECONDS

    # Shared by all

    async def reject(self, error: Exception) -> None:
        """Send the reason, then close."""
        await self.reject_with(error)

    async def authenticated(self) -> None:
        """Start to handle commands and to deliver events."""
        self.subscriptions = {}
        self.commands: asyncio.Queue[ClientMessage] = asyncio.Queue(MOST_COMMANDS)
        self.waiting_bytes = 0
        self.handling = asyncio.Lock()
        self.unclaimed: deque[Message] | None = None
        self.wakeup = asyncio.Event()
        self.backpressure = get_backpressure(self)
        self.backpressure.open()
        await self.ready()
        self.tasks = (
            asyncio.create_task(self._guarded(self._handle_commands())),
            asyncio.create_task(self._guarded(self._deliver())),
        )

    def is_behind(self) -> bool:
        """Tell whether MANY_COMMANDS or MANY_BYTES of them wait."""
        return bool(self.tasks) and (self.commands.qsize() >= MANY_COMMANDS or self.waiting_bytes >= MANY_BYTES)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Enqueue a command; a client with MOST_COMMANDS waiting ones is disconnected.

        Under daphne a client is not read so far ahead; other servers hand over what they have.
        """
        if not self.tasks:
            return  # rejected
        command = text_data if text_data is not None else bytes_data or b""
        try:
            self.commands.put_nowait(command)
            self.waiting_bytes += len(command)
        except asyncio.QueueFull:
            await self.close(code=CLOSE_BASE + 429)

    async def disconnect(self, code: int) -> None:
        """Stop delivering; jobs go on."""
        for task in self.tasks:
            task.cancel()
        if hasattr(self, "backpressure"):
            self.backpressure.close()
        await super().disconnect(code)

    async def sdsite_event(self, envelope: Message) -> None:
        """Buffer an event for the subscription of its job."""
        self._receive_event(envelope)

    async def sdsite_preview(self, envelope: Message) -> None:
        """Buffer a preview for the subscription of its job."""
        self._receive_event(envelope)

    def _receive_event(self, envelope: Message) -> None:
        if not hasattr(self, "subscriptions"):
            return
        if any(subscription.receive(envelope) for subscription in self.subscriptions.values()):
            self.wakeup.set()
        elif self.unclaimed is not None:
            self.unclaimed.append(envelope)

    def keep_unclaimed(self) -> None:
        """Keep the events of all jobs from now on, until `follow` knows which one they may concern."""
        self.unclaimed = deque(maxlen=MOST_UNCLAIMED)

    async def submit(
        self, requested: GenerationParameters, *, idempotency_key: str | None = None
    ) -> tuple[Job, Message]:
        """Submit a job in the user's name, and return it with its serialisation.

        Raises:
            JobRefused, WrongKey, ScopeMissing, RateLimited: as in the native API.
        """
        self.keep_unclaimed()
        return await database_sync_to_async(self._submit)(requested, idempotency_key)

    def _submit(self, requested: GenerationParameters, idempotency_key: str | None) -> tuple[Job, Message]:
        self.reauthenticate("generate")
        with web_seconds.charging(self.connection.user.pk):
            job = submit_job(
                credentials=self.connection.credentials,
                parameters=requested,
                source=self.source,
                idempotency_key=idempotency_key,
            )
            return job, serialize_job(job).model_dump(mode="json")

    def reauthenticate(self, *scopes: str) -> None:
        """Authenticate again for another command; raises as `authenticate_again`."""
        address = (self.scope.get("client") or ["unknown"])[0]
        self.connection = authenticate_again(self.connection, address, *scopes)

    def follow(self, job: Job, shown: Message, *, previews: bool) -> JobSubscription:
        """Deliver the events of `job`, which the client was sent as `shown`, from now on until its end."""
        subscription = JobSubscription(job, previews=previews, room=ROOM)
        subscription.mark_sent({"event": "", "sequence": shown["sequence"], "data": shown})
        for envelope in self.unclaimed or ():
            subscription.receive(envelope)
        self.unclaimed = None
        self.subscriptions[job.pk] = subscription
        self.wakeup.set()
        return subscription

    async def _handle_commands(self) -> None:
        while True:
            command = await self.commands.get()
            self.waiting_bytes -= len(command)
            async with self.handling:
                await self.handle(command)

    async def _deliver(self) -> None:
        now = asyncio.get_running_loop().time
        next_poll_at = now() + POLL_SECONDS
        while True:
            self.wakeup.clear()
            if now() >= next_poll_at:
                await self._poll()
                next_poll_at = now() + POLL_SECONDS
            while await self._deliver_one_each():
                continue
            until = min(await self.idle(), next_poll_at - now())
            try:
                await asyncio.wait_for(self.wakeup.wait(), max(0.01, until))
            except TimeoutError:
                continue

    async def _deliver_one_each(self) -> bool:
        """Send one message of each job, so that none has to wait for the others; return whether there was any."""
        found = False
        for subscription in list(self.subscriptions.values()):
            news = subscription.next_message() if self._is_current(subscription) else None
            if news is not None:
                found = True
                await self._tell(subscription, *news)
        return found

    def _is_current(self, subscription: JobSubscription) -> bool:
        """Whether the client did not follow the same job anew meanwhile."""
        return self.subscriptions.get(subscription.job_id) is subscription

    async def _tell(self, subscription: JobSubscription, message: Message, body: bytes | None) -> None:
        if subscription.ended:
            self.subscriptions.pop(subscription.job_id, None)
        await self.send_event(subscription, message, body)

    async def _poll(self) -> None:
        """Read the rows of all followed jobs, and send what no event said."""
        polled = list(self.subscriptions.values())
        if not polled:
            return
        row_states = await database_sync_to_async(_read_row_states)(polled)
        for subscription in polled:
            row_state = row_states.get(subscription.job_id, RowState())
            if not self._is_current(subscription):
                continue
            if not row_state.exists:
                del self.subscriptions[subscription.job_id]
                await self.send_deleted(subscription)
            for message, body in subscription.messages_from_row(row_state):
                await self._tell(subscription, message, body)

    async def _guarded(self, task: Coroutine[Any, Any, None]) -> None:
        try:
            await task
        except ConnectionError:
            await self.close()
        except Exception as error:
            await self._close_with(answer_for(error))

    async def reject_with(self, error: Exception) -> None:
        """Send an error, then close with its code."""
        self.backpressure = get_backpressure(self)
        await self._close_with(answer_for(error))

    async def _close_with(self, answer: Answer) -> None:
        await self.send_error(answer)
        await self.close(code=close_code(answer))
