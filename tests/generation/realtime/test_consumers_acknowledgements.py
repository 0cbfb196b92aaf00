"""Clients of `/ws/events/` that acknowledge previews: at most WINDOW are under way to one."""

import asyncio
import json

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from generation.events.publish import drain, publish, publish_preview
from generation.events.types import JobCancelled, JobPreview
from generation.realtime.consumers import WINDOW
from sdsite.asgi import application
from tests.support.clients.websocket_client import key_of

pytestmark = pytest.mark.django_db(transaction=True)

JOB = "00000000-0000-0000-0000-00000000000a"


@pytest.fixture
async def client(alice, valkey):
    """A client of Alice's that has read the snapshot."""
    key = await sync_to_async(key_of)(alice)
    client = WebsocketCommunicator(application, f"/ws/events/?api_key={key}")
    assert (await client.connect(10))[0]
    await client.receive_from(10)
    yield client
    await client.disconnect()


async def count_previews(client, user, *, sent):
    """Publish `sent` previews of as many images, and return how many arrive before an event that comes after them."""
    for number in range(sent):
        publish_preview(user.pk, JobPreview(JOB, number, number, 1), b"jpeg")
        if number % 50 == 49:
            await asyncio.to_thread(drain)
    publish(user.pk, JobCancelled("00000000-0000-0000-0000-00000000000b", 1, {}))
    arrived = 0
    while isinstance(await client.receive_from(10), bytes):
        arrived += 1
    return arrived


@pytest.mark.parametrize(
    ("acknowledged", "expected"),
    [
        ([0], WINDOW),
        ([0, 1000], WINDOW),
        ([0, -1000], WINDOW),
        ([1], WINDOW),
        (["not a number", None], 2 * WINDOW),  # such a client does not acknowledge
    ],
)
async def test_a_client_has_at_most_one_window_under_way(client, alice, acknowledged, expected):
    for value in acknowledged:
        await client.send_to(json.dumps({"ack": value}))
    assert await count_previews(client, alice, sent=2 * WINDOW) == expected


async def test_what_arrived_makes_room_for_as_many(client, alice):
    await client.send_to('{"ack": 0}')
    assert await count_previews(client, alice, sent=WINDOW) == WINDOW
    await client.send_to('{"ack": 5}')
    assert await count_previews(client, alice, sent=WINDOW) == 5
