"""Presence: whether somebody follows a person's events."""

import asyncio

from channels.layers import get_channel_layer
from redis import RedisError

from generation.events.groups import user_group
from generation.events.presence import is_followed


async def follow(user_id, other_id):
    """Return what is said of two people before, while and after the first one's events are followed."""
    layer, found = get_channel_layer(), []
    channel = await layer.new_channel()
    for call in (None, layer.group_add, layer.group_discard):
        if call is not None:
            await call(user_group(user_id), channel)
        found.append([await asyncio.to_thread(is_followed, pk) for pk in (user_id, other_id)])
    return found


def test_somebody_is_there_while_a_connection_is_open(valkey):
    assert asyncio.run(follow(71, 7)) == [[False, False], [True, False], [False, False]]


def test_without_redis_nobody_knows(monkeypatch):
    class Away:
        def pubsub_numsub(self, *channels):
            raise RedisError

    monkeypatch.setattr("generation.events.presence.connection", Away)
    assert is_followed(1) is None
