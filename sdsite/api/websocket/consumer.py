"""`/ws/generate/`: programs submit jobs and follow them over one socket."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from channels.db import database_sync_to_async
from django.shortcuts import get_object_or_404

from generation.errors import JobRefused
from generation.events.framing import FRAMERS
from generation.events.types import OF_STATUS
from generation.jobs.cancel import cancel_job
from generation.models import Job
from generation.realtime.job_subscription import JobSubscription
from generation.realtime.send_buffer import Message
from generation.serializers.jobs import serialize_job
from sdsite.api.endpoint import answer_for
from sdsite.api.errors import Answer
from sdsite.api.websocket.image_files import read_file
from sdsite.api.websocket.job_consumer import ClientMessage, JobConsumer
from sdsite.api.websocket.messages import AnyOrder, Cancel, Follow, Generate, Refused, read_order

MOST_JOBS = 200
NOT_FOUND = Answer("not_found", "There is no such thing here.")

# What this socket says beside the events of jobs; the names are in docs/websocket.md.
READY = "ready"
ACCEPTED = "accepted"
ERROR = "error"


@dataclass
class Asked:
    """How a job of this socket is told: with which `ref`, and with files of its images, of which `sent` are sent."""

    ref: str | None
    images: bool
    sent: set[int] = field(default_factory=set)


class GenerateConsumer(JobConsumer):
    """Takes orders, answers each with `accepted` or `error`, and tells what happens to the jobs.

    The key needs the scope `read` to come in, and `generate` for whatever makes or stops a job.
    """

    scopes = ("read",)
    source = Job.Source.WEBSOCKET
    asked: dict[uuid.UUID, Asked]

    async def begun(self) -> None:
        """Tell what the key may do."""
        self.asked = {}
        key = self.connection.credentials.key
        scopes = None if key is None else key.scopes
        await self._say(READY, {"user": self.connection.user.username, "scopes": scopes})

    async def carry_out(self, order: ClientMessage) -> None:
        """Read an order, carry it out, and answer it."""
        try:
            read = read_order(order)
        except Refused as refused:
            await self.fail(answer_for(refused.reason), ref=refused.ref)
            return
        try:
            await _CARRIED_OUT[type(read)](self, read)
        except Refused as refused:
            await self.fail(answer_for(refused.reason), ref=refused.ref)
        except Exception as error:
            self.overheard = None
            await self.fail(answer_for(error), ref=read.ref)

    async def _generate(self, order: Generate) -> None:
        self._refuse_too_many()
        job, shown = await self.submit(order.requested(), idempotency_key=order.idempotency_key)
        await self._accept(order, job, shown)

    async def _follow(self, order: Follow) -> None:
        self._refuse_too_many()
        self.listen_in()
        job, shown = await database_sync_to_async(self._own)(order.job)
        await self._accept(order, job, shown)

    async def _cancel(self, order: Cancel) -> None:
        shown = await database_sync_to_async(self._stop)(order.job)
        await self._say(ACCEPTED, shown, job=shown["id"], sequence=shown["sequence"], ref=order.ref)

    def _own(self, job_id: uuid.UUID) -> tuple[Job, Message]:
        self.enter_again("read")
        jobs = Job.objects.visible_to(self.connection.user).select_related("checkpoint")
        job = get_object_or_404(jobs, pk=job_id)
        return job, serialize_job(job).model_dump(mode="json")

    def _stop(self, job_id: uuid.UUID) -> Message:
        self.enter_again("generate")
        job = get_object_or_404(Job.objects.visible_to(self.connection.user).select_related("checkpoint"), pk=job_id)
        return serialize_job(cancel_job(job=job, actor=self.connection.user)).model_dump(mode="json")

    def _refuse_too_many(self) -> None:
        if len(self.followed) >= MOST_JOBS:
            message = f"{MOST_JOBS} jobs are under way on this socket, which is the most. Wait until one has ended."
            raise JobRefused("too_many_streams", message, status=429)

    async def _accept(self, order: Generate | Follow, job: Job, shown: Message) -> None:
        """Answer with the job as it is, then tell what happens to it."""
        await self._say(ACCEPTED, shown, job=shown["id"], sequence=shown["sequence"], ref=order.ref)
        self.asked[job.pk] = Asked(order.ref, order.images)
        followed = self.follow(job, shown, previews=order.previews)
        if followed.ended:
            del self.followed[job.pk]
            event = OF_STATUS[shown["status"]](shown["id"], shown["sequence"], shown)
            await self.tell(followed, event.message(), None)

    async def tell(self, followed: JobSubscription, message: Message, body: bytes | None) -> None:
        """Send an event, with the file of an image where those were asked for."""
        asked = self.asked[followed.job_id]
        if asked.images and message["event"] == "job.image":
            body = await self._file(asked, message["data"]["image"])
        if followed.ended:
            del self.asked[followed.job_id]
            if asked.images:
                await self._send_rest(asked, message)
        await self._send(message, asked.ref, body)

    async def _send_rest(self, asked: Asked, end: Message) -> None:
        """Send the images whose own event was lost, or came before the socket followed the job."""
        for image in end["data"]["images"]:
            if image["index"] not in asked.sent:
                event = {**end, "event": "job.image", "data": {"index": image["index"], "image": image}}
                await self._send(event, asked.ref, await self._file(asked, image))

    async def _file(self, asked: Asked, image: Message) -> bytes | None:
        asked.sent.add(image["index"])
        return await database_sync_to_async(read_file)(self.connection.credentials, image["id"])

    async def tell_gone(self, followed: JobSubscription) -> None:
        """Say that the job was deleted."""
        asked = self.asked.pop(followed.job_id)
        await self.fail(NOT_FOUND, ref=asked.ref, job=str(followed.job_id))

    async def fail(self, answer: Answer, *, ref: str | None = None, job: str | None = None) -> None:
        """Say what went wrong; the socket stays open."""
        data: dict[str, Any] = {"code": answer.code, "message": answer.message, "fields": dict(answer.fields)}
        if answer.limit:
            data["limit"] = {**asdict(answer.limit), "resets_at": _as_text(answer.limit.resets_at)}
        if "Retry-After" in answer.headers:
            data["retry_after"] = int(answer.headers["Retry-After"])
        await self._say(ERROR, data, job=job, ref=ref)

    async def _say(
        self, event: str, data: Message, *, job: str | None = None, sequence: int = 0, ref: str | None = None
    ) -> None:
        await self._send({"event": event, "job": job, "sequence": sequence, "data": data}, ref, None)

    async def _send(self, message: Message, ref: str | None, body: bytes | None) -> None:
        named = message if ref is None else {**message, "ref": ref}
        await self.send_frame(FRAMERS[self.subprotocol](named, body))


def _as_text(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()


_CARRIED_OUT: dict[type[AnyOrder], Callable[[GenerateConsumer, Any], Awaitable[None]]] = {
    Generate: GenerateConsumer._generate,
    Follow: GenerateConsumer._follow,
    Cancel: GenerateConsumer._cancel,
}
