"""`stream=true`: the real previews while a picture is drawn, then the picture, as server-sent events.

Every event is a line `data: {json}`. Nothing else may stand in the stream but comments: clients parse what they get.
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
from generation.events.publish import preview_key
from generation.models import Job
from generation.realtime.subscribe import listening
from generation.realtime.waiting import MOST_SECONDS, wait_until_finished
from sdsite.api.compat.openai import responses
from sdsite.api.compat.openai.requests import ImagesRequest
from sdsite.api.endpoint import answer_for
from sdsite.core.backpressure import Backpressure, get_backpressure

KEEP_ALIVE_SECONDS = 15.0
STUCK_SECONDS = 120.0  # a client that has taken nothing for so long is gone, whatever its connection says
EVENT_STREAM = "text/event-stream"

Message = dict[str, Any]
Submit = Callable[[], Awaitable[Job]]

_following: set[asyncio.Task[None]] = set()  # the loop itself keeps no task alive


class Feed:
    """What one stream hears of its job: the first previews of each image, then how the job ended.

    It listens from before the job is submitted, because a fast checkpoint has drawn half of it soon after. A task of
    its own does so: it ends with the job, also where the client hung up before the stream began.
    """

    def __init__(self, submit: Submit, *, owner_id: int, partials: int) -> None:
        """Begin to listen to what `owner_id` is told, then submit; keep `partials` previews of each image."""
        self.accepted: asyncio.Future[Job] = asyncio.get_running_loop().create_future()
        self.news: asyncio.Queue[Message | Job | Exception] = asyncio.Queue()
        self._owner_id = owner_id
        self._partials = partials
        self._shown: Counter[int] = Counter()
        self._early: list[Message] | None = []  # what came before the job's id was known
        self._key = ""
        self._task = asyncio.create_task(self._follow(submit))
        _following.add(self._task)
        self._task.add_done_callback(_following.discard)

    def close(self) -> None:
        """Hear no more; the job goes on."""
        self._task.cancel()

    async def _follow(self, submit: Submit) -> None:
        try:
            async with listening(self._owner_id, self._hear):
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
            self.accepted.cancel()  # nothing where it has its result

    def _begin(self, job: Job) -> None:
        self._key = preview_key(str(job.pk), 0).removesuffix("0")
        early, self._early = self._early or [], None
        if not self.accepted.cancelled():
            self.accepted.set_result(job)
        for envelope in early:
            self._hear(envelope)

    def _hear(self, envelope: Message) -> None:
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


async def respond(request: HttpRequest, order: ImagesRequest, submit: Submit, *, name: str) -> StreamingHttpResponse:
    """Return the stream of the job that `submit` makes; its events are called `name`.partial_image and so on.

    Raises:
        Exception: whatever `submit` raises.
    """
    feed = Feed(submit, owner_id=request.user.pk or 0, partials=order.partial_images or 0)
    job = await feed.accepted
    parts = _parts(feed, job, order, get_backpressure(request), name)
    headers = {
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
        responses.JOB_HEADER: str(job.pk),
        **responses.ONCE,
    }
    return StreamingHttpResponse(parts, content_type=EVENT_STREAM, headers=headers)


async def _parts(feed: Feed, job: Job, order: ImagesRequest, line: Backpressure, name: str) -> AsyncIterator[bytes]:
    line.open()
    try:
        async for part in _told(feed, job, order, name):
            try:
                await asyncio.wait_for(line.clear(), STUCK_SECONDS)
            except TimeoutError:
                return
            yield part
    finally:
        line.close()
        feed.close()


async def _told(feed: Feed, job: Job, order: ImagesRequest, name: str) -> AsyncIterator[bytes]:
    requested_here = job.parameters
    size, quality = f"{requested_here['width']}x{requested_here['height']}", order.quality or "auto"
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
        async for event in _ended(news, order, name):
            yield event
        return


async def _ended(news: Job | Exception, order: ImagesRequest, name: str) -> AsyncIterator[bytes]:
    """Yield an event for each finished image, or the error."""
    try:
        if isinstance(news, Exception):
            raise news
        for image in await sync_to_async(_images)(news):
            data = await sync_to_async(_completed)(order, image, news)
            yield _event(f"{name}.completed", data)
    except Exception as error:
        yield _event("error", responses.build_error(answer_for(error)))


def _images(job: Job) -> list[Image]:
    try:
        return responses.get_images(job)
    finally:
        connection.close()


def _completed(order: ImagesRequest, image: Image, job: Job) -> Message:
    # The SDK's own types promise a usage; without the key, reading it would raise in the client.
    facts = {"quality": "auto", "usage": None, **responses.build_facts(order, image), **responses.revised(order, image)}
    return {"b64_json": responses.in_base64(image, job), "image_index": image.index, "seed": image.seed, **facts}


def _event(kind: str, data: Message) -> bytes:
    event = {"type": kind, "created_at": int(time.time()), **data}
    return b"event: " + kind.encode() + b"\ndata: " + json.dumps(event).encode() + b"\n\n"
