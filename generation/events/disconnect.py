"""Close all connections of a deactivated user."""

from channels.layers import get_channel_layer

from generation.events.groups import user_group
from generation.events.publish import publisher

DISCONNECT = "sdsite.dismiss"


def disconnect_user(user_id: int) -> None:
    """Ask every connection of a user to close; returns at once. New connections are refused by authentication."""
    publisher().put(lambda: get_channel_layer().group_send(user_group(user_id), {"type": DISCONNECT}), hint=False)
