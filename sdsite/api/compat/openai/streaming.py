"""Server-sent events of `stream=true`: previews while an image is generated, then the image.

Besides events (`data: {json}`) the stream may only contain comments: clients parse every other line.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpRequest, StreamingHttpResponse

from gallery.models import Image
from generation.events.framing import decode_binary, with_base64
from generation.events.publish import preview_prefix
from generation.models import Job
from generation.realtime.subscribe import listening
from generation.realtime.waiting import MOST_SECONDS, wait_until_finished
from sdsite.api.compat.openai import responses
from sdsite.api.compat.openai.requests import ImagesRequest
from sdsite.api.endpoint import answer_for
from sdsite.core.backpressure import Backpressure, get_backpressure

KEEP_ALIVE_SECONDS = 15.0
STUCK_SECONDS = 120.0  # a client that has read nothing for so long counts as gone, even if still connected
EVENT_STREAM = "text/event-stream"

Message = dict[str, Any]
Submit = Callable[[], Awaitable[Job]]

_following: set[asyncio.Task[None]] = set()  # the event loop itself keeps no task alive


class Feed:
    """Events of one job for one stream: the first previews of each image, then the finished job or an error.

    It subscribes before the job is submitted, because a fast checkpoint has finished half of it soon after. A task of
    its own does so, which ends with the job, even if the client hangs up before the stream begins.
    """

    def __init__(self, submit: Submit, *, owner_id: int, partials: int) -> None:
        """Subscribe to the events of the user `owner_id`, then submit; keep `partials` previews of each image."""
        self.accepted: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        self.news: asyncio.Queue[Message | Job | Exception] = asyncio.Queue()
        self._owner_id = owner_id
        self._partials = partials
        self._shown: Counter[int] = Counter()
        self._early: list[Message] | None = []  # messages that came before the job's id was known
        self._key = ""
        self._task = asyncio.create_task(self._follow(submit))
        _following.add(self._task)
        self._task.add_done_callback(_following.discard)

    def close(self) -> None:
        """Unsubscribe; the job goes on."""
        self._task.cancel()

    async def _follow(self, submit: Submit) -> None:
        try:
            async with listening(self._owner_id, self._on_message):
                job = await submit()
                self._begin(job)
                while not job.is_finished:
                    job = await wait_until_finished(job, MOST_SECONDS)
                self.news.put_nowait(job)
        except Exception as error:
            if self.accepted.done():
                self.news.put_nowait(error)
            else:
                self.accepted.set_exception(error)
        finally:
            self.accepted.cancel()  # without effect once it has its result

    def _begin(self, job: Job) -> None:
        self._key = preview_prefix(str(job.pk))
        early, self._early = self._early or [], None
        if not self.accepted.cancelled():
            self.accepted.set_result(job)
        for envelope in early:
            self._on_message(envelope)

    def _on_message(self, envelope: Message) -> None:
        if "frame" not in envelope:
            return
        if self._early is not None:
            self._early.append(envelope)
        elif envelope["key"].startswith(self._key):
            message, jpeg = decode_binary(envelope["frame"])
            index = message["data"]["index"]
            if self._shown[index] < self._partials:
                self._shown[index] += 1
                part = {"image_index": index, "partial_image_index": self._shown[index] - 1}
                self.news.put_nowait(with_base64(part, jpeg))


async def respond(request: HttpRequest, asked: ImagesRequest, submit: Submit, *, name: str) -> StreamingHttpResponse:
    """Return the event stream of the job that `submit` creates; event types begin with `name`, as `name`.completed.

    Raises:
        Exception: whatever `submit` raises.
    """
    feed = Feed(submit, owner_id=request.user.pk or 0, partials=asked.partial_images or 0)
    job = await feed.accepted
    parts = _stream(feed, job, asked, get_backpressure(request), name)
    headers = {
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
        responses.JOB_HEADER: str(job.pk),
        **responses.ONCE,
    }
    return StreamingHttpResponse(parts, content_type=EVENT_STREAM, headers=headers)


async def _stream(
    feed: Feed, job: Job, asked: ImagesRequest, backpressure: Backpressure, name: str
) -> AsyncIterator[bytes]:
    backpressure.open()
    try:
        async for part in _events(feed, job, asked, name):
            try:
                await asyncio.wait_for(backpressure.clear(), STUCK_SECONDS)
            except TimeoutError:
                return
            yield part
    finally:
        backpressure.close()
        feed.close()


async def _events(feed: Feed, job: Job, asked: ImagesRequest, name: str) -> AsyncIterator[bytes]:
    size, quality = f"{job.parameters['width']}x{job.parameters['height']}", asked.quality or "auto"
    while True:
        try:
            news = await asyncio.wait_for(feed.news.get(), KEEP_ALIVE_SECONDS)
        except TimeoutError:
            yield b": still here\n\n"
            continue
        if isinstance(news, dict):
            part = {"b64_json": news.pop("base64"), **news, "output_format": "jpeg", "size": size, "quality": quality}
            yield _event(f"{name}.partial_image", {**part, "background": "opaque"})
            continue
        async for event in _last_events(news, asked, name):
            yield event
        return


async def _last_events(news: Job | Exception, asked: ImagesRequest, name: str) -> AsyncIterator[bytes]:
    """Yield an event for each finished image, or the error."""
    try:
        if isinstance(news, Exception):
            raise news
        for image in await sync_to_async(_images)(news):
            data = await sync_to_async(_completed)(asked, image, news)
            yield _event(f"{name}.completed", data)
    except Exception as error:
        yield _event("error", responses.build_error(answer_for(error)))


def _images(job: Job) -> list[Image]:
    try:
        return responses.get_images(job)
    finally:
        connection.close()


def _completed(asked: ImagesRequest, image: Image, job: Job) -> Message:
    # The SDK's types promise `usage`; without the key, reading it would raise in the client.
    facts = {"quality": "auto", "usage": None, **responses.build_facts(asked, image), **responses.revised(asked, image)}
    return {"b64_json": responses.in_base64(image, job), "image_index": image.index, "seed": image.seed, **facts}


def _event(kind: str, data: Message) -> bytes:
    event = {"type": kind, "created_at": int(time.time()), **data}
    return b"event: " + kind.encode() + b"\ndata: " + json.dumps(event).encode() + b"\n\n"
