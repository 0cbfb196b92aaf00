"""Websocket `/images/generate-ws`: one payload in, one message per step out, the finished images in the last."""

import asyncio
import base64
import json
from typing import Any

import msgpack
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async

from gallery.file_responses import check_answer_size
from gallery.models import Image
from generation.errors import JobRefused
from generation.jobs.cancel import cancel_job
from generation.models import Job
from generation.realtime.job_subscription import POLL_SECONDS, JobSubscription
from generation.realtime.send_buffer import Message
from generation.realtime.waiting import JobUnsuccessful
from sdsite.api.compat.stability.requests import Payload, in_their_names, read_payload
from sdsite.api.compat.stability.step_messages import Steps
from sdsite.api.endpoint import answer_for
from sdsite.api.errors import Answer
from sdsite.api.websocket.image_files import read_file
from sdsite.api.websocket.job_consumer import ClientMessage, JobConsumer, close_code

CLOSING_SECONDS = 10.0  # for the client to close the socket by itself after the last message


class StabilityConsumer(JobConsumer):
    """Consumer of one job; closing the socket before the end cancels the job."""

    source = Job.Source.STABILITY
    payload: Payload | None = None
    job: Job | None = None
    steps: Steps | None = None
    over = False

    async def handle(self, frame: ClientMessage) -> None:
        """Submit the job of the first message; later messages are ignored."""
        if self.payload is not None or self.over:
            return
        try:
            await self._submit_payload(frame)
        except JobRefused as refused:
            await self._fail_and_close(answer_for(in_their_names(refused)))
        except Exception as error:
            await self._fail_and_close(answer_for(error))

    async def _submit_payload(self, frame: ClientMessage) -> None:
        self.payload = payload = await sync_to_async(read_payload, thread_sensitive=False)(frame)
        requested = await database_sync_to_async(payload.requested)()
        self.job, shown = await self.submit(requested)
        steps = shown["parameters"]["steps"]
        self.steps = Steps(steps, shown["image_count"], every=payload.callback_steps, start=payload.callback_start)
        self.follow(self.job, shown, previews=payload.callback_steps > 0)

    async def send_event(self, subscription: JobSubscription, message: Message, body: bytes | None) -> None:
        """Record an event; `idle` sends the steps that it makes due."""
        event, data, now = message["event"], message["data"], asyncio.get_running_loop().time()
        if self.steps is None or self.over:
            return
        if event == "job.progress":
            self.steps.progressed(data["step"], data["total"], now)
        elif event == "job.preview" and body is not None:
            self.steps.previewed(data["index"], data["step"], body, now)
        elif subscription.ended:
            await self._end(data)

    async def idle(self) -> float:
        """Send the steps that are due."""
        if self.steps is None or self.over:
            return POLL_SECONDS
        now = asyncio.get_running_loop().time()
        for number, previews in self.steps.due(now):
            await self._send_step(number, previews)
        wait = self.steps.wait_seconds(asyncio.get_running_loop().time())
        return POLL_SECONDS if wait is None else wait

    async def _end(self, job: Message) -> None:
        """Send the remaining steps, the images last; or the reason why there are none."""
        assert self.steps is not None
        files = await database_sync_to_async(self._files)(job) if job["status"] == Job.Status.SUCCEEDED else []
        if not files:
            await self._fail_and_close(await database_sync_to_async(self._failure)())
            return
        for number, previews in self.steps.rest():
            await self._send_step(number, previews)
        await self._send_step(self.steps.steps - 1, files)
        self.over = True
        await asyncio.sleep(CLOSING_SECONDS)
        await self.close()

    def _files(self, job: Message) -> list[bytes]:
        check_answer_size(Image.objects.kept().of_job(job["id"]))
        files = [read_file(self.connection.credentials, image["id"]) for image in job["images"]]
        return [file for file in files if file is not None]

    def _failure(self) -> Answer:
        assert self.job is not None
        self.job.refresh_from_db()
        if self.job.status == Job.Status.SUCCEEDED:
            return Answer("quarantined", "The images are under review until a moderator approves them.")
        return answer_for(JobUnsuccessful(self.job))

    async def send_deleted(self, subscription: JobSubscription) -> None:
        """Send the error that the job was deleted."""
        await self._fail_and_close(Answer("not_found", "The job was deleted."))

    async def send_error(self, answer: Answer) -> None:
        """Send an error."""
        await self._send({"status": "error", "message": answer.message})

    async def _fail_and_close(self, answer: Answer) -> None:
        self.over = True
        await self.send_error(answer)
        await self.close(code=close_code(answer))

    async def disconnect(self, code: int) -> None:
        """Cancel the job unless it has finished."""
        if self.tasks:
            self.backpressure.close()  # the client reads no more, so no send may wait for it
            async with self.handling:  # the job may be submitted at this moment
                pass
        await super().disconnect(code)
        if self.job is not None and not self.over:
            await database_sync_to_async(cancel_job)(job=self.job, actor=self.connection.user)

    async def _send_step(self, number: int, images: list[bytes]) -> None:
        message: dict[str, Any] = {"step": number}
        if images and self._binary:
            message["artifacts"] = images
        elif images:
            message["artifacts"] = [{"base64": base64.b64encode(image).decode()} for image in images]
        await self._send(message)

    async def _send(self, message: dict[str, Any]) -> None:
        await self.send_frame(msgpack.packb(message) if self._binary else json.dumps(message))

    @property
    def _binary(self) -> bool:
        return self.payload is not None and self.payload.use_binary
