"""Presence: whether somebody follows a person's events just now, in a page or by a program."""

import logging
from typing import Any

from django.conf import settings
from redis import RedisError

from generation.events.groups import user_group
from generation.redis_client import connection

logger = logging.getLogger(__name__)


def is_followed(user_id: int) -> bool | None:
    """Tell whether a connection of the person is open; None where Redis does not say.

    The layer subscribes each process that has such connections to the group, and Redis counts these processes.
    """
    layers: Any = settings.CHANNEL_LAYERS
    channel = f"{layers['default']['CONFIG']['prefix']}__group__{user_group(user_id)}"  # as the layer calls it
    try:
        counted = connection().pubsub_numsub(channel)
    except RedisError as error:
        logger.warning("whether somebody follows user %s is not known: %s", user_id, error)
        return None
    return any(count for _name, count in counted)
