"""Clients of `/ws/events/` that take nothing: they cost little, and not for long."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from generation.events.publish import drain, publish
from generation.events.types import JobCancelled
from generation.realtime import base_consumer, send_buffer
from generation.realtime import consumers as consumer
from sdsite.accounts.audit.origin import get_origin
from sdsite.asgi import application
from sdsite.core.backpressure import Backpressure
from tests.support.clients.websocket_client import key_of

pytestmark = pytest.mark.django_db(transaction=True)

JOB = "00000000-0000-0000-0000-00000000000a"


class Stuck(Backpressure):
    """The way to a client that takes nothing."""

    is_clear = False

    async def clear(self):
        await asyncio.Event().wait()


@pytest.fixture
async def stuck(alice, valkey, monkeypatch):
    """A client of Alice's that takes nothing."""
    monkeypatch.setattr(consumer, "get_backpressure", lambda consumer: Stuck())
    key = await sync_to_async(key_of)(alice)
    client = WebsocketCommunicator(application, f"/ws/events/?api_key={key}")
    assert (await client.connect(10))[0]
    yield client
    await client.disconnect()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(base_consumer, "STUCK_SECONDS", 0.2)


async def test_it_is_hung_up_on_after_a_while(impatient, stuck):
    assert (await stuck.receive_output(10))["type"] == "websocket.close"


async def test_it_is_hung_up_on_when_too_much_waits_for_it(alice, stuck, monkeypatch):
    monkeypatch.setattr(send_buffer, "MOST_WAITING", 20)
    for number in range(30):
        publish(alice.pk, JobCancelled(JOB, number, {"status": "cancelled"}))
    assert await sync_to_async(drain)()
    assert (await stuck.receive_output(10))["type"] == "websocket.close"


async def test_what_a_socket_does_comes_from_its_address_and_key(alice, valkey, monkeypatch):
    found = []

    async def authenticated(self):
        found.append(await sync_to_async(get_origin)())

    monkeypatch.setattr(consumer.EventsConsumer, "authenticated", authenticated)
    key = await sync_to_async(key_of)(alice)
    client = WebsocketCommunicator(application, f"/ws/events/?api_key={key}")
    client.scope["client"] = ["192.0.2.9", 4000]
    assert (await client.connect(10))[0]
    await client.disconnect()
    assert [(origin.door_name, origin.address, origin.key.lookup) for origin in found] == [
        ("websocket", "192.0.2.9", key.split("_")[1])
    ]
    assert get_origin().key is None
