"""Checkpoints to which API keys can be limited, as other apps offer them."""

from collections.abc import Callable, Mapping

from sdsite.accounts.models import User

# The app that has checkpoints adds a function that returns {slug: title} of those that a user may use.
Offer = Callable[[User], Mapping[str, str]]
offers: list[Offer] = []


def checkpoints_offered_to(user: User) -> dict[str, str]:
    """Return {slug: title} of the checkpoints to which a key of `user` can be limited."""
    return {slug: title for offer in offers for slug, title in offer(user).items()}
