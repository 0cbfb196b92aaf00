"""The document of the site reaches every open connection when it changes."""

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator

from generation.events.publish import drain
from sdsite.asgi import application
from sdsite.configuration.changes import change
from tests.support.clients.websocket_client import key_of

pytestmark = pytest.mark.django_db(transaction=True)


async def test_people_without_jobs_hear_of_an_announcement_and_of_maintenance(alice, charlie, root, valkey):
    sockets = []
    for person in (alice, charlie):
        key = await sync_to_async(key_of)(person)
        sockets.append(WebsocketCommunicator(application, f"/ws/events/?api_key={key}"))
        assert (await sockets[-1].connect(10))[0]
        assert (await sockets[-1].receive_json_from(10))["event"] == "snapshot"
    await sync_to_async(change)(actor=root, changes={"announcement": "Hello.", "maintenance": True})
    assert await sync_to_async(drain)()
    for socket in sockets:
        heard = await socket.receive_json_from(10)
        assert (heard["event"], heard["job"]) == ("site.changed", None)
        assert (heard["data"]["announcement"]["text"], heard["data"]["maintenance"]["until"]) == ("Hello.", None)
        await socket.disconnect()
