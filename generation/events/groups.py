"""Names of Channels groups. Consumers do not filter: every member of a group may see what is sent to it."""

EVERYONE = "everyone"  # every connection of `/ws/events/`


def user_group(user_id: int) -> str:
    """Return the group that gets every event of one user's jobs."""
    return f"user.{user_id}"
