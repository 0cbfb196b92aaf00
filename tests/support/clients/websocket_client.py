"""A program at the other end of a websocket, and how it comes in."""

import asyncio
import json

import msgpack
import websockets

from generation.events.framing import decode_binary
from tests.support.clients.api_client import make_key


def key_of(user, *scopes):
    """Return a whole key of `user`, with `generate` and `read` unless named."""
    return make_key(user, *(scopes or ("generate", "read")))[1]


def address(site, path):
    """Return the websocket address of `path` on a live site."""
    return f"ws://127.0.0.1:{site.port}{path}"


class Program:
    """Speaks the native websocket as one subprotocol has it."""

    def __init__(self, socket):
        self.socket = socket
        self.seen = []  # (message, body)

    async def order(self, action, **fields):
        order = {"action": action, **fields}
        packed = self.socket.subprotocol == "sdsite.msgpack"
        await self.socket.send(msgpack.packb(order) if packed else json.dumps(order))

    async def hear(self, seconds=60):
        """Return the next message as (map, bytes or None)."""
        frame = await asyncio.wait_for(self.socket.recv(), seconds)
        if self.socket.subprotocol == "sdsite.msgpack":
            message = msgpack.unpackb(frame)
            self.seen.append((message, message.pop("bytes", None)))
        elif isinstance(frame, bytes):
            self.seen.append(decode_binary(frame))
        else:
            self.seen.append((json.loads(frame), None))
        return self.seen[-1]

    async def hear_until(self, *events, seconds=60):
        """Return every message up to and including the first of `events`."""
        heard = []
        limit = asyncio.get_running_loop().time() + seconds
        while not heard or heard[-1][0]["event"] not in events:
            heard.append(await self.hear(limit - asyncio.get_running_loop().time()))
        return heard


async def code_of(socket):
    """Return the code with which the site closes `socket`."""
    while True:
        try:
            await asyncio.wait_for(socket.recv(), 10)
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code
