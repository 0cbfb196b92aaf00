"""Subscription to the channel group of one user, for callers that are no consumers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from redis import RedisError

from generation.events.groups import user_group
from generation.redis_client import connection

logger = logging.getLogger(__name__)

REJOIN_SECONDS = 3.0

Receive = Callable[[dict[str, Any]], None]


@asynccontextmanager
async def listening(user_id: int, receive: Receive) -> AsyncIterator[None]:
    """Call `receive` with every message to the group of `user_id` while the context lasts.

    The group is joined when the context begins, so that later messages are not missed; but the layer is a hint. While
    Redis is away nothing arrives, and the group is joined as soon as it is back: callers read the row as well.
    """
    tried = asyncio.Event()
    # One listener for the whole time: cancelling receive() ends the subscription, so it must not time out itself.
    listener = asyncio.create_task(_subscribe_forever(user_id, receive, tried))
    try:
        await tried.wait()
        yield
    finally:
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)


async def _subscribe_forever(user_id: int, receive: Receive, tried: asyncio.Event) -> None:
    while True:
        try:
            await _subscribe(user_id, receive, tried)
        except (RedisError, OSError) as error:
            logger.warning("no events for user %s, rows are read instead: %s", user_id, error)
        tried.set()
        await asyncio.sleep(REJOIN_SECONDS)
        while not await sync_to_async(_redis_answers, thread_sensitive=False)():
            # Each failed attempt leaves something behind in the layer, so it is asked only when it can succeed.
            await asyncio.sleep(REJOIN_SECONDS)


async def _subscribe(user_id: int, receive: Receive, tried: asyncio.Event) -> None:
    layer, group = get_channel_layer(), user_group(user_id)
    channel = await layer.new_channel()
    try:
        await layer.group_add(group, channel)
        tried.set()
        while True:
            receive(await layer.receive(channel))
    finally:
        try:
            await layer.group_discard(group, channel)
        except (RedisError, OSError) as error:
            logger.warning("a listener left its group behind: %s", error)


def _redis_answers() -> bool:
    try:
        return bool(connection().ping())
    except RedisError:
        return False
