"""Presence: whether somebody follows a person's events."""

import asyncio

from channels.layers import get_channel_layer
from redis import RedisError

from generation.events.groups import user_group
from generation.events.presence import is_followed
from tests.support.site import wait_for


async def follow(user_id, other_id):
    """Follow the events of one person for a while, and look meanwhile who is followed.

    The layer does not wait for Redis when it subscribes or ends that, so what is said is waited for.
    """
    layer = get_channel_layer()
    channel = await layer.new_channel()
    assert not await asyncio.to_thread(is_followed, user_id)
    await layer.group_add(user_group(user_id), channel)
    await asyncio.to_thread(wait_for, lambda: is_followed(user_id), what="the person to be followed")
    assert await asyncio.to_thread(is_followed, other_id) is False
    await layer.group_discard(user_group(user_id), channel)
    await asyncio.to_thread(wait_for, lambda: is_followed(user_id) is False, what="the end of it")


def test_somebody_is_there_while_a_connection_is_open(valkey):
    asyncio.run(follow(71, 7))


def test_without_redis_nobody_knows(monkeypatch):
    class Away:
        def pubsub_numsub(self, *channels):
            raise RedisError

    monkeypatch.setattr("generation.events.presence.connection", Away)
    assert is_followed(1) is None
