"""What the websockets for programs have in common: submit, follow jobs, and say only what the client takes.

Three things go on side by side: what the layer says goes into each job's mailbox at once; one task carries out what the
client orders, in order; one task delivers what is new, as fast as the client takes it. So a slow client loses previews
and intermediate steps, never a state or an image, and costs bounded memory.
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
from sdsite.core.backpressure import get_backpressure

logger = logging.getLogger(__name__)

ROOM = 32  # previews of one job that may wait for the client before the newer ones overtake
MOST_ORDERS = 256  # of one client that wait for their turn
OVERHEARD = 512  # messages that are kept while a job is submitted, because some may be about it
CLOSE_BASE = 4000  # close codes are HTTP statuses plus this
ClientMessage = str | bytes


def close_code(answer: Answer) -> int:
    """Return the close code for `answer`: 4401 for HTTP's 401."""
    return CLOSE_BASE + get_status(answer)


def _looks(followed: list[JobSubscription]) -> dict[uuid.UUID, RowState]:
    try:
        return read_row_states(followed)
    except Error as error:
        logger.warning("a websocket waits for the database: %s", error)
        connection.close()
        return {}


class JobConsumer(BaseConsumer):
    """A websocket that submits jobs and follows them. What is said in which words is its subclasses' business."""

    scopes: ClassVar[tuple[str, ...]] = ("generate", "read")
    source: ClassVar[str]

    followed: dict[uuid.UUID, JobSubscription]
    tasks: tuple[asyncio.Task[None], ...] = ()

    # What a subclass says

    async def begun(self) -> None:
        """Say what a client must know at first."""

    async def carry_out(self, order: ClientMessage) -> None:
        """Do what the client sent, and tell what goes wrong with it."""
        raise NotImplementedError

    async def tell(self, followed: JobSubscription, message: Message, body: bytes | None) -> None:
        """Tell the client an event of a job; `body` is a preview's JPEG."""
        raise NotImplementedError

    async def tell_gone(self, followed: JobSubscription) -> None:
        """Tell the client that a job it follows was deleted."""
        raise NotImplementedError

    async def fail(self, answer: Answer) -> None:
        """Tell the client what went wrong with an order, or with the connection."""
        raise NotImplementedError

    async def between(self) -> float:
        """Do what is due between two deliveries; return the seconds until it wants to be asked again."""
        return POLL_SECONDS

    # What all of them do

    async def turn_away(self, error: Exception) -> None:
        """Say why, then close."""
        await self.fail_and_close(error)

    async def begin(self) -> None:
        """Start to listen to the client and to deliver."""
        self.followed = {}
        self.orders: asyncio.Queue[ClientMessage] = asyncio.Queue(MOST_ORDERS)
        self.at_work = asyncio.Lock()
        self.overheard: deque[Message] | None = None
        self.rung = asyncio.Event()
        self.line = get_backpressure(self)
        self.line.open()
        await self.begun()
        self.tasks = (
            asyncio.create_task(self._guarded(self._take_orders())),
            asyncio.create_task(self._guarded(self._deliver())),
        )

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Put an order in line; a client that sends more than anybody could carry out is shown out."""
        if not self.tasks:
            return  # turned away
        try:
            self.orders.put_nowait(text_data if text_data is not None else bytes_data or b"")
        except asyncio.QueueFull:
            await self.close(code=CLOSE_BASE + 429)

    async def disconnect(self, code: int) -> None:
        """Stop delivering; jobs go on."""
        for task in self.tasks:
            task.cancel()
        if hasattr(self, "line"):
            self.line.close()
        await super().disconnect(code)

    async def sdsite_event(self, envelope: Message) -> None:
        """Keep an event for whoever follows its job."""
        self._hear(envelope)

    async def sdsite_preview(self, envelope: Message) -> None:
        """Keep a preview for whoever follows its job."""
        self._hear(envelope)

    def _hear(self, envelope: Message) -> None:
        if not hasattr(self, "followed"):
            return
        if any(followed.hear(envelope) for followed in self.followed.values()):
            self.rung.set()
        elif self.overheard is not None:
            self.overheard.append(envelope)

    def listen_in(self) -> None:
        """Keep whatever is said from now on, until `follow` knows which job it may be about."""
        self.overheard = deque(maxlen=OVERHEARD)

    async def submit(
        self, requested: GenerationParameters, *, idempotency_key: str | None = None
    ) -> tuple[Job, Message]:
        """Submit a job in the guest's name, and return it with how the API shows it.

        Raises:
            JobRefused, WrongKey, ScopeMissing, RateLimited: as at the door of the API.
        """
        self.listen_in()
        return await database_sync_to_async(self._submit)(requested, idempotency_key)

    def _submit(self, requested: GenerationParameters, idempotency_key: str | None) -> tuple[Job, Message]:
        self.enter_again("generate")
        job = submit_job(
            credentials=self.connection.credentials,
            parameters=requested,
            source=self.source,
            idempotency_key=idempotency_key,
        )
        return job, serialize_job(job).model_dump(mode="json")

    def enter_again(self, *scopes: str) -> None:
        """Let the guest in for another order; raises as `entrance.enter_again`."""
        address = (self.scope.get("client") or ["unknown"])[0]
        self.connection = authenticate_again(self.connection, address, *scopes)

    def follow(self, job: Job, shown: Message, *, previews: bool) -> JobSubscription:
        """Deliver what happens to `job`, which the client was sent as `shown`, from now on until its end."""
        followed = JobSubscription(job, previews=previews, room=ROOM)
        followed.note({"event": "", "sequence": shown["sequence"], "data": shown})
        for envelope in self.overheard or ():
            followed.hear(envelope)
        self.overheard = None
        self.followed[job.pk] = followed
        self.rung.set()
        return followed

    async def _take_orders(self) -> None:
        while True:
            order = await self.orders.get()
            async with self.at_work:
                await self.carry_out(order)

    async def _deliver(self) -> None:
        now = asyncio.get_running_loop().time
        look_again_at = now() + POLL_SECONDS
        while True:
            self.rung.clear()
            if now() >= look_again_at:
                await self._look()
                look_again_at = now() + POLL_SECONDS
            while await self._deliver_one_each():
                continue
            until = min(await self.between(), look_again_at - now())
            try:
                await asyncio.wait_for(self.rung.wait(), max(0.01, until))
            except TimeoutError:
                continue

    async def _deliver_one_each(self) -> bool:
        """Tell one thing of each job, so that none has to wait for the others; return whether there was any."""
        found = False
        for followed in list(self.followed.values()):
            news = followed.news() if self._is_current(followed) else None
            if news is not None:
                found = True
                await self._tell(followed, *news)
        return found

    def _is_current(self, followed: JobSubscription) -> bool:
        """Whether the client did not follow the same job anew meanwhile."""
        return self.followed.get(followed.job_id) is followed

    async def _tell(self, followed: JobSubscription, message: Message, body: bytes | None) -> None:
        if followed.ended:
            self.followed.pop(followed.job_id, None)
        await self.tell(followed, message, body)

    async def _look(self) -> None:
        """Read the rows of what is followed, and tell what nobody told."""
        looked_at = list(self.followed.values())
        if not looked_at:
            return
        looks = await database_sync_to_async(_looks)(looked_at)
        for followed in looked_at:
            look = looks.get(followed.job_id, RowState())
            if not self._is_current(followed):
                continue
            if not look.exists:
                del self.followed[followed.job_id]
                await self.tell_gone(followed)
            for message, body in followed.told_by(look):
                await self._tell(followed, message, body)

    async def _guarded(self, task: Coroutine[Any, Any, None]) -> None:
        try:
            await task
        except ConnectionError:
            await self.close()
        except Exception as error:
            await self._hang_up(answer_for(error))

    async def fail_and_close(self, error: Exception) -> None:
        """Say what went wrong, then close with its code."""
        self.line = get_backpressure(self)
        await self._hang_up(answer_for(error))

    async def _hang_up(self, answer: Answer) -> None:
        await self.fail(answer)
        await self.close(code=close_code(answer))
