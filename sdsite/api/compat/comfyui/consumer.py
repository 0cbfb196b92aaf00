"""Websocket `/ws?clientId=...`: sends a client messages about the graphs that it posted with the same id."""

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
from sdsite.api.compat.comfyui.messages import Frame, GraphMessages, status, text_message, wants_files, wants_previews
from sdsite.api.compat.comfyui.submit import get_client_id
from sdsite.api.errors import Answer
from sdsite.api.websocket.job_consumer import ClientMessage, JobConsumer

logger = logging.getLogger(__name__)

FLAGS = "feature_flags"
LATELY = timedelta(seconds=120)  # so long after its creation an end is reported that no connection received
MOST_ENDED = 1000

Found = list[tuple[Workflow, Message]]


def flags() -> dict[str, Any]:
    """Return the server's feature flags in ComfyUI's names."""
    return {"supports_preview_metadata": True, "max_upload_size": most_bytes()}


class ComfySocket(JobConsumer):
    """Consumer that follows the graphs of one client of one user.

    They are posted by HTTP, so the consumer learns of a new one from the user's events, or by polling the database.
    """

    scopes = ("read",)
    source = Job.Source.COMFYUI

    async def ready(self) -> None:
        """Send the length of the queue, and the executed node of each running graph that this client posted before."""
        asked = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        self.sid = get_client_id({"client_id": asked.get("clientId", [""])[0]}) or uuid.uuid4().hex
        self.messages_of_graph: dict[uuid.UUID, GraphMessages] = {}
        self.ended: dict[uuid.UUID, None] = {}  # graphs whose end was sent, the oldest first
        self.reads_metadata = False
        self.has_changed = False  # whether a graph came or went since `idle` polled
        self.poll_at = 0.0
        self.keep_unclaimed()
        self.waiting = await database_sync_to_async(remaining)(self.connection.user)
        await self.send_frames(status(self.waiting, self.sid))
        for workflow, shown in await database_sync_to_async(self._unfollowed)(Q(job__status__in=Job.UNFINISHED)):
            messages = await self._follow_graph(workflow, shown)
            if workflow.job.status == Job.Status.RUNNING:
                await self.send_frames(*messages.rejoin())

    async def send_frames(self, *frames: Frame) -> None:
        """Send messages at the client's pace."""
        for frame in frames:
            await self.send_frame(frame if isinstance(frame, bytes) else json.dumps(frame))

    async def handle(self, frame: ClientMessage) -> None:
        """Read the client's feature flags; other messages are ignored."""
        try:
            message = json.loads(frame)
            if message["type"] != FLAGS:
                return
            self.reads_metadata = message["data"].get("supports_preview_metadata") is True
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return
        await self.send_frames(text_message(FLAGS, **flags()))

    def _receive_event(self, envelope: Message) -> None:
        super()._receive_event(envelope)
        message = envelope.get("message") or {}
        if message.get("data", {}).get("source") == Job.Source.COMFYUI and hasattr(self, "subscriptions"):
            self.has_changed = True
            self.wakeup.set()

    async def idle(self) -> float:
        """Follow graphs that were posted meanwhile, and send the queue's length when it has changed."""
        now = asyncio.get_running_loop().time()
        if not self.has_changed and now < self.poll_at:
            return self.poll_at - now
        self.has_changed, self.poll_at = False, now + POLL_SECONDS
        unheard = Q(job__created_at__gte=timezone.now() - LATELY, end_sent_at=None)  # ended before it was followed
        lately = Q(job__status__in=Job.UNFINISHED) | unheard
        for workflow, shown in await database_sync_to_async(self._unfollowed)(lately):
            await self._follow_graph(workflow, shown)
        waiting = await database_sync_to_async(self._remaining)()
        if waiting != self.waiting:
            self.waiting = waiting
            await self.send_frames(status(waiting))
        return POLL_SECONDS

    def _unfollowed(self, which: Q) -> Found:
        """Return this client's graphs that are not followed yet, each with its job as the API shows it."""
        try:
            mine = Workflow.objects.owned_by(self.connection.user).filter(which, client_id=self.sid)
            known = [*self.messages_of_graph, *self.ended]
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

    async def _follow_graph(self, workflow: Workflow, shown: Message) -> GraphMessages:
        messages = self.messages_of_graph[workflow.pk] = GraphMessages(workflow)
        subscription = self.follow(workflow.job, shown, previews=True)
        self.keep_unclaimed()  # for the next one
        if subscription.ended:
            del self.subscriptions[workflow.pk]
            await self._end(messages)
        return messages

    async def send_event(self, subscription: JobSubscription, message: Message, body: bytes | None) -> None:
        """Send an event as ComfyUI's messages; many events have none."""
        messages = self.messages_of_graph[subscription.job_id]
        data = message["data"]
        if subscription.ended:
            await self._end(messages)
        elif message["event"] == "job.started":
            await self.send_frames(*messages.begin())
        elif message["event"] == "job.progress":
            await self.send_frames(*messages.progress(data["step"], data["total"]))
        elif message["event"] == "job.preview" and body is not None and self._wants_previews(messages):
            await self.send_frames(*messages.preview(body, data["step"], metadata=self.reads_metadata))

    def _wants_previews(self, messages: GraphMessages) -> bool:
        return wants_previews(messages.workflow, has_flag=self.reads_metadata)

    async def _end(self, messages: GraphMessages) -> None:
        workflow, images, files, self.waiting = await database_sync_to_async(self._outcome)(messages.workflow)
        await self.send_frames(*messages.end(workflow, images, self.waiting, files))
        await database_sync_to_async(self._mark_end_sent)(workflow.pk)
        del self.messages_of_graph[messages.workflow.pk]
        self.ended[messages.workflow.pk] = None
        if len(self.ended) > MOST_ENDED:
            del self.ended[next(iter(self.ended))]

    def _outcome(self, workflow: Workflow) -> tuple[Workflow, list[Image], list[bytes], int]:
        workflow.job.refresh_from_db()  # the graph's own row may be deleted by now
        images = list(Image.objects.kept().of_job(workflow.pk))
        return workflow, images, read_files(images) if wants_files(workflow) else [], remaining(self.connection.user)

    def _mark_end_sent(self, pk: uuid.UUID) -> None:
        try:
            Workflow.objects.filter(pk=pk, end_sent_at=None).update(end_sent_at=timezone.now())
        except Error as error:
            self._without_database(error, None)

    async def send_deleted(self, subscription: JobSubscription) -> None:
        """Send the last message of a graph whose job was deleted."""
        messages = self.messages_of_graph.pop(subscription.job_id)
        await self.send_frames(text_message("executing", node=None, prompt_id=messages.name))

    async def send_error(self, answer: Answer) -> None:
        """Send nothing: ComfyUI has no such message, the close code tells."""
