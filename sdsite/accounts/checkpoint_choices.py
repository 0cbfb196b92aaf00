"""What keys may be bound to that other rooms know of: checkpoints, by their slugs."""

from collections.abc import Callable, Mapping

from sdsite.accounts.models import User

# The room that has checkpoints adds a function here: {slug: title} of those that a person may ask for.
Offer = Callable[[User], Mapping[str, str]]
offers: list[Offer] = []


def checkpoints_offered_to(user: User) -> dict[str, str]:
    """Return {slug: title} of the checkpoints that a key of `user` may be bound to."""
    return {slug: title for offer in offers for slug, title in offer(user).items()}
