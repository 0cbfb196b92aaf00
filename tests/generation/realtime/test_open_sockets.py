import asyncio

import pytest
import websockets
from asgiref.sync import sync_to_async
from django.conf import settings

from tests.support.clients.websocket_client import key_of
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


async def opened(site, key):
    """Return an open websocket, or the code that it was closed with."""
    socket = await websockets.connect(site.websocket_url, additional_headers={"X-API-Key": key})
    try:
        await asyncio.wait_for(socket.recv(), 20)
    except websockets.ConnectionClosed as closed:
        return closed.rcvd.code
    return socket


async def test_one_user_has_so_many_websockets_and_another_still_gets_in(live_site):
    keys = [await sync_to_async(key_of)(await sync_to_async(make_user)(name), "read") for name in ("alice", "charlie")]
    sockets = await asyncio.gather(*(opened(live_site, keys[0]) for _ in range(settings.ENV["SDSITE_SOCKETS"])))
    try:
        assert await opened(live_site, keys[0]) == 4429
        sockets.append(await opened(live_site, keys[1]))
        await sockets.pop(0).close()
        async with asyncio.timeout(10):
            while (again := await opened(live_site, keys[0])) == 4429:
                await asyncio.sleep(0.1)
        sockets.append(again)
    finally:
        await asyncio.gather(*(socket.close() for socket in sockets))
