"""`/ws/generate/`: programs submit jobs and follow them over one socket."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.shortcuts import get_object_or_404

from generation.errors import JobRefused
from generation.events.framing import FRAMERS
from generation.events.types import EVENT_OF_STATUS
from generation.jobs.cancel import cancel_job
from generation.models import Job
from generation.realtime.job_subscription import JobSubscription
from generation.realtime.send_buffer import Message
from generation.serializers.jobs import serialize_job
from sdsite.api.endpoint import answer_for
from sdsite.api.errors import Answer
from sdsite.api.websocket.image_files import read_file
from sdsite.api.websocket.job_consumer import ClientMessage, JobConsumer
from sdsite.api.websocket.messages import AnyCommand, Cancel, Follow, Generate, Refused, read_command
from sdsite.core import web_seconds

MOST_JOBS = 200
NOT_FOUND = Answer("not_found", "Not found.")

# Messages of this socket beside the events of jobs; docs/websocket.md has the names.
READY = "ready"
ACCEPTED = "accepted"
ERROR = "error"


@dataclass
class JobOptions:
    """How the events of a job are sent: with `ref`, and with the files of its images, of which `sent` are sent."""

    ref: str | None
    images: bool
    sent: set[int] = field(default_factory=set)


class GenerateConsumer(JobConsumer):
    """Answers each command with `accepted` or `error`, and sends the events of its jobs.

    The key needs the scope `read` to connect, and `generate` to submit or cancel a job.
    """

    scopes = ("read",)
    source = Job.Source.WEBSOCKET
    options: dict[uuid.UUID, JobOptions]

    async def ready(self) -> None:
        """Send the user and the scopes of the key."""
        self.options = {}
        key = self.connection.credentials.key
        scopes = None if key is None else key.scopes
        await self._say(READY, {"user": self.connection.user.username, "scopes": scopes})

    async def handle(self, command: ClientMessage) -> None:
        """Read a command, carry it out, and answer it."""
        try:
            read = await sync_to_async(self._read, thread_sensitive=False)(command)
        except Refused as refused:
            await self.send_error(answer_for(refused.reason), ref=refused.ref)
            return
        try:
            await _HANDLERS[type(read)](self, read)
        except Refused as refused:
            await self.send_error(answer_for(refused.reason), ref=refused.ref)
        except Exception as error:
            self.unclaimed = None
            await self.send_error(answer_for(error), ref=read.ref)

    def _read(self, command: ClientMessage) -> AnyCommand:
        with web_seconds.charging(self.connection.user.pk):
            return read_command(command)

    async def _generate(self, command: Generate) -> None:
        self._refuse_too_many()
        job, shown = await self.submit(command.requested(), idempotency_key=command.idempotency_key)
        await self._accept(command, job, shown)

    async def _follow(self, command: Follow) -> None:
        self._refuse_too_many()
        self.keep_unclaimed()
        job, shown = await database_sync_to_async(self._own)(command.job)
        await self._accept(command, job, shown)

    async def _cancel(self, command: Cancel) -> None:
        shown = await database_sync_to_async(self._stop)(command.job)
        await self._say(ACCEPTED, shown, job=shown["id"], sequence=shown["sequence"], ref=command.ref)

    def _own(self, job_id: uuid.UUID) -> tuple[Job, Message]:
        self.reauthenticate("read")
        jobs = Job.objects.visible_to(self.connection.user).select_related("checkpoint")
        job = get_object_or_404(jobs, pk=job_id)
        return job, serialize_job(job).model_dump(mode="json")

    def _stop(self, job_id: uuid.UUID) -> Message:
        self.reauthenticate("generate")
        job = get_object_or_404(Job.objects.visible_to(self.connection.user).select_related("checkpoint"), pk=job_id)
        return serialize_job(cancel_job(job=job, actor=self.connection.user)).model_dump(mode="json")

    def _refuse_too_many(self) -> None:
        if len(self.subscriptions) >= MOST_JOBS:
            message = f"{MOST_JOBS} jobs are under way on this socket, which is the most. Wait until one has ended."
            raise JobRefused("too_many_streams", message, status=429)

    async def _accept(self, command: Generate | Follow, job: Job, shown: Message) -> None:
        """Answer with the job as it is, then follow it."""
        await self._say(ACCEPTED, shown, job=shown["id"], sequence=shown["sequence"], ref=command.ref)
        self.options[job.pk] = JobOptions(command.ref, command.images)
        subscription = self.follow(job, shown, previews=command.previews)
        if subscription.ended:
            del self.subscriptions[job.pk]
            event = EVENT_OF_STATUS[shown["status"]](shown["id"], shown["sequence"], shown)
            await self.send_event(subscription, event.message(), None)

    async def send_event(self, subscription: JobSubscription, message: Message, body: bytes | None) -> None:
        """Send an event, with the file of an image where files are wanted."""
        options = self.options[subscription.job_id]
        if options.images and message["event"] == "job.image":
            body = await self._file(options, message["data"]["image"])
        if subscription.ended:
            del self.options[subscription.job_id]
            if options.images:
                await self._send_rest(options, message)
        await self._send(message, options.ref, body)

    async def _send_rest(self, options: JobOptions, end: Message) -> None:
        """Send the images whose own event was lost, or came before the socket followed the job."""
        for image in end["data"]["images"]:
            if image["index"] not in options.sent:
                event = {**end, "event": "job.image", "data": {"index": image["index"], "image": image}}
                await self._send(event, options.ref, await self._file(options, image))

    async def _file(self, options: JobOptions, image: Message) -> bytes | None:
        options.sent.add(image["index"])
        return await database_sync_to_async(read_file)(self.connection.credentials, image["id"])

    async def send_deleted(self, subscription: JobSubscription) -> None:
        """Send that the job was deleted."""
        options = self.options.pop(subscription.job_id)
        await self.send_error(NOT_FOUND, ref=options.ref, job=str(subscription.job_id))

    async def send_error(self, answer: Answer, *, ref: str | None = None, job: str | None = None) -> None:
        """Send an error; the socket stays open."""
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


_HANDLERS: dict[type[AnyCommand], Callable[[GenerateConsumer, Any], Awaitable[None]]] = {
    Generate: GenerateConsumer._generate,
    Follow: GenerateConsumer._follow,
    Cancel: GenerateConsumer._cancel,
}
