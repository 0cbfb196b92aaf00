"""Names of Channels groups. Nobody filters inside a consumer: who is in the group may see what is sent to it."""


def user_group(user_id: int) -> str:
    """Return the group that gets everything about one person's jobs."""
    return f"user.{user_id}"
