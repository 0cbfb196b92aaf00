"""Publishing events: in order, from any thread, and progress is dropped where too much waits."""

import asyncio
import threading

import pytest
from channels.layers import get_channel_layer

from generation.events import publish as publishing
from generation.events.framing import decode_binary
from generation.events.groups import user_group
from generation.events.publish import Publisher, drain, preview_key, publish, publish_preview
from generation.events.types import JobCancelled, JobPreview, JobProgress
from generation.redis_client import connection

JOB = "00000000-0000-0000-0000-00000000000a"
USER = 4711


@pytest.fixture
async def channel(valkey):
    """A channel in the user's group."""
    layer = get_channel_layer()
    name = await layer.new_channel()
    await layer.group_add(user_group(USER), name)
    return name


async def receive(channel, count):
    """Return the next messages of a channel, once all that was published is sent."""
    assert await asyncio.to_thread(drain, 10)
    return [await asyncio.wait_for(get_channel_layer().receive(channel), 10) for _ in range(count)]


async def test_events_and_previews_arrive_in_the_order_in_which_they_were_sent(channel):
    publish(USER, JobCancelled(JOB, 1, {"status": "cancelled"}))
    publish_preview(USER, JobPreview(JOB, 2, 0, 3), b"jpeg")
    publish(USER, JobCancelled(JOB, 3, {"status": "cancelled"}))
    first, preview, last = await receive(channel, 3)
    assert [first["message"]["sequence"], last["message"]["sequence"]] == [1, 3]
    assert [message["type"] for message in (first, preview, last)] == ["sdsite.event", "sdsite.preview", "sdsite.event"]
    assert preview["key"] == preview_key(JOB, 0)
    header, pixels = decode_binary(preview["frame"])
    assert (header["sequence"], header["data"], pixels) == (2, {"index": 0, "step": 3}, b"jpeg")
    assert connection().get(preview_key(JOB, 0)) == preview["frame"]


async def test_a_stored_preview_expires(channel):
    publish_preview(USER, JobPreview(JOB, 2, 0, 3), b"jpeg")
    await receive(channel, 1)
    assert 0 < connection().ttl(preview_key(JOB, 0)) <= publishing.PREVIEW_TTL_SECONDS


async def test_other_users_receive_nothing(channel):
    publish(USER + 1, JobCancelled(JOB, 1, {}))
    publish(USER, JobCancelled(JOB, 2, {}))
    assert [message["message"]["sequence"] for message in await receive(channel, 1)] == [2]


def test_hints_are_dropped_where_too_much_waits_and_all_else_is_sent(monkeypatch):
    monkeypatch.setattr(publishing, "BACKLOG_FOR_HINTS", 2)
    gate, sent = threading.Event(), []

    def sending(name):
        async def send():
            await asyncio.to_thread(gate.wait, 10)
            sent.append(name)

        return send

    own = Publisher()
    for number in range(2):
        own.put(sending(f"event {number}"), hint=False)
    own.put(sending("hint"), hint=True)
    own.put(sending("event 2"), hint=False)
    assert own.dropped == 1
    assert not own.drain(0.05)
    gate.set()
    assert own.drain(10)
    assert sent == ["event 0", "event 1", "event 2"]


def test_what_cannot_be_sent_is_counted_and_the_next_is_sent():
    sent = []

    async def broken():
        raise OSError("Redis is away")

    async def send():
        sent.append(1)

    own = Publisher()
    own.put(broken, hint=False)
    own.put(send, hint=False)
    assert own.drain(10)
    assert (own.dropped, sent) == (1, [1])


def test_previews_and_progress_that_cannot_be_sent_have_a_bound(monkeypatch):
    gate = threading.Event()
    own = Publisher()
    monkeypatch.setattr(publishing, "_publisher", own)
    own.put(lambda: asyncio.to_thread(gate.wait, 10), hint=False)
    progress = JobProgress(JOB, 1, 1, 2, 0.5)
    for number in range(publishing.BACKLOG_FOR_HINTS):
        publish_preview(USER, JobPreview(JOB, number, 0, 3), b"jpeg")
    assert own.dropped == 1
    publish(USER, progress, hint=True)
    assert own.dropped == 2
    publish(USER, JobCancelled(JOB, 1, {}))
    assert own.dropped == 2
    gate.set()
    assert own.drain(30)


def test_a_forked_process_gets_a_publisher_of_its_own(monkeypatch):
    inherited = Publisher()
    monkeypatch.setattr(publishing, "_publisher", inherited)
    assert publishing.publisher() is inherited
    gate = threading.Event()
    inherited.put(lambda: asyncio.to_thread(gate.wait, 10), hint=False)
    assert not drain(0.01)
    inherited.pid += 1  # that of the process it came from: its thread does not run here
    assert drain(0.01)
    own = publishing.publisher()
    assert own is not inherited
    assert publishing.publisher() is own
    gate.set()
