"""`/ws?clientId=...`: tells a client what becomes of the graphs that it sent under the same id."""

import asyncio
import json
import logging
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from django.db import Error, connection
from django.db.models import Q
from django.utils import timezone

from gallery.actions.uploads import most_bytes
from gallery.models import Image
from generation.models import Job, Workflow
from generation.realtime.job_subscription import POLL_SECONDS, JobSubscription
from generation.realtime.send_buffer import Message
from generation.serializers.jobs import serialize_jobs
from sdsite.api.compat.comfyui.history import remaining
from sdsite.api.compat.comfyui.images import read_files
from sdsite.api.compat.comfyui.messages import Frame, GraphMessages, said, status, wants_files
from sdsite.api.compat.comfyui.submit import get_client_id
from sdsite.api.errors import Answer
from sdsite.api.websocket.job_consumer import ClientMessage, JobConsumer

logger = logging.getLogger(__name__)

FLAGS = "feature_flags"
LATELY = timedelta(seconds=120)  # a job that came and went while nothing was heard is told so long after
MOST_TOLD = 1000

Found = list[tuple[Workflow, Message]]


def flags() -> dict[str, Any]:
    """Return what this server can, as ComfyUI's clients ask for it."""
    return {"supports_preview_metadata": True, "max_upload_size": most_bytes()}


class ComfySocket(JobConsumer):
    """Follows the graphs of one client of one person.

    They come in by HTTP, so the socket learns of a new one from the person's events, or by looking now and then.
    """

    scopes = ("read",)
    source = Job.Source.COMFYUI

    async def ready(self) -> None:
        """Say how long the queue is, and which node is executed of a graph that this client sent earlier."""
        asked = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        self.sid = get_client_id({"client_id": asked.get("clientId", [""])[0]}) or uuid.uuid4().hex
        self.stories: dict[uuid.UUID, GraphMessages] = {}
        self.told: dict[uuid.UUID, None] = {}  # those whose end was told, the oldest first
        self.reads_metadata = False
        self.came = False  # whether a graph came or went since `idle` looked
        self.look_at = 0.0
        self.keep_unclaimed()
        self.waiting = await database_sync_to_async(remaining)(self.connection.user)
        await self.say(status(self.waiting, self.sid))
        for workflow, shown in await database_sync_to_async(self._mine)(Q(job__status__in=Job.UNFINISHED)):
            story = await self._take_on(workflow, shown)
            if workflow.job.status == Job.Status.RUNNING:
                await self.say(*story.rejoin())

    async def say(self, *frames: Frame) -> None:
        """Send messages, as fast as the client takes them."""
        for frame in frames:
            await self.send_frame(frame if isinstance(frame, bytes) else json.dumps(frame))

    async def handle(self, frame: ClientMessage) -> None:
        """Take in what the client can; whatever else it says is ignored."""
        try:
            message = json.loads(frame)
            if message["type"] != FLAGS:
                return
            self.reads_metadata = message["data"].get("supports_preview_metadata") is True
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return
        await self.say(said(FLAGS, **flags()))

    def _receive_event(self, envelope: Message) -> None:
        super()._receive_event(envelope)
        message = envelope.get("message") or {}
        if message.get("data", {}).get("source") == Job.Source.COMFYUI and hasattr(self, "subscriptions"):
            self.came = True
            self.wakeup.set()

    async def idle(self) -> float:
        """Follow graphs that came meanwhile, and tell when the queue has another length."""
        now = asyncio.get_running_loop().time()
        if not self.came and now < self.look_at:
            return self.look_at - now
        self.came, self.look_at = False, now + POLL_SECONDS
        lately = Q(job__status__in=Job.UNFINISHED) | Q(job__created_at__gte=timezone.now() - LATELY)
        for workflow, shown in await database_sync_to_async(self._mine)(lately):
            await self._take_on(workflow, shown)
        waiting = await database_sync_to_async(self._remaining)()
        if waiting != self.waiting:
            self.waiting = waiting
            await self.say(status(waiting))
        return POLL_SECONDS

    def _mine(self, which: Q) -> Found:
        """Return this client's graphs that are not followed yet, each with its job as the API shows it."""
        try:
            mine = Workflow.objects.owned_by(self.connection.user).filter(which, client_id=self.sid)
            known = [*self.stories, *self.told]
            rows = list(mine.exclude(pk__in=known).select_related("job__checkpoint").order_by("number"))
            shown = serialize_jobs([row.job for row in rows])
            return [(row, one.model_dump(mode="json")) for row, one in zip(rows, shown, strict=True)]
        except Error as error:
            return self._without_database(error, [])

    def _remaining(self) -> int:
        try:
            return remaining(self.connection.user)
        except Error as error:
            return self._without_database(error, self.waiting)

    def _without_database(self, error: Error, instead: Any) -> Any:
        logger.warning("a websocket waits for the database: %s", error)
        connection.close()
        return instead

    async def _take_on(self, workflow: Workflow, shown: Message) -> GraphMessages:
        story = self.stories[workflow.pk] = GraphMessages(workflow)
        subscription = self.follow(workflow.job, shown, previews=True)
        self.keep_unclaimed()  # for the next one
        if subscription.ended:
            del self.subscriptions[workflow.pk]
            await self._end(story)
        return story

    async def send_event(self, subscription: JobSubscription, message: Message, body: bytes | None) -> None:
        """Say an event in ComfyUI's words; many have none."""
        story = self.stories[subscription.job_id]
        data = message["data"]
        if subscription.ended:
            await self._end(story)
        elif message["event"] == "job.started":
            await self.say(*story.begin())
        elif message["event"] == "job.progress":
            await self.say(*story.progress(data["step"], data["total"]))
        elif message["event"] == "job.preview" and body is not None:
            await self.say(*story.preview(body, data["step"], metadata=self.reads_metadata))

    async def _end(self, story: GraphMessages) -> None:
        workflow, images, files, self.waiting = await database_sync_to_async(self._outcome)(story.workflow)
        await self.say(*story.end(workflow, images, self.waiting, files))
        del self.stories[story.workflow.pk]
        self.told[story.workflow.pk] = None
        if len(self.told) > MOST_TOLD:
            del self.told[next(iter(self.told))]

    def _outcome(self, workflow: Workflow) -> tuple[Workflow, list[Image], list[bytes], int]:
        workflow.job.refresh_from_db()  # the graph's own row may be forgotten by now
        images = list(Image.objects.of_job(workflow.pk))
        return workflow, images, read_files(images) if wants_files(workflow) else [], remaining(self.connection.user)

    async def send_deleted(self, subscription: JobSubscription) -> None:
        """Say that nothing more comes of a graph whose job was deleted."""
        story = self.stories.pop(subscription.job_id)
        await self.say(said("executing", node=None, prompt_id=story.name))

    async def send_error(self, answer: Answer) -> None:
        """Say nothing: ComfyUI has no word for it, the close code tells."""
