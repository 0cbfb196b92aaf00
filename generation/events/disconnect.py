"""Close what somebody has open who may no longer listen."""

from channels.layers import get_channel_layer

from generation.events.groups import user_group
from generation.events.publish import publisher

DISMISS = "sdsite.dismiss"


def dismiss(user_id: int) -> None:
    """Ask everything that `user_id` has open to close; returns at once. Who comes again is refused at the door."""
    publisher().put(lambda: get_channel_layer().group_send(user_group(user_id), {"type": DISMISS}), hint=False)
