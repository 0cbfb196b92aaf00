"""Notices to the moderators that a rule which notifies has matched; those of a burst join in one with their number."""

from django.urls import reverse

from gallery.rules.engine import Match
from sdsite.accounts.notices import notify
from sdsite.accounts.roles.backend import people_with

MOST_TOLD = 20  # moderators, of one judgement: it is written while a request waits
SEES_MATCHES = "gallery.view_image"  # as the desk, where the notice leads to, asks for


def tell_moderators(matches: list[Match], *, user_id: int | None) -> int:
    """Tell those who may see matches that rules which notify have matched; return how many were told.

    Who asked for it, the user with `user_id`, is not told of their own request.
    """
    told = [match.rule.content.name for match in matches if match.rule.content.decision == "notify"]
    if not told:
        return 0
    moderators = people_with(SEES_MATCHES).filter(is_staff=True).exclude(pk=user_id or 0).order_by("pk")
    found = list(moderators[:MOST_TOLD])
    for moderator in found:
        notify(moderator, "rule_matched", group="rules", url=reverse("moderation_hits"), rule=told[0], count=len(told))
    return len(found)
