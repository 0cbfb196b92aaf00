"""What each person chose to be told, and how: topics of notices, ways that they go, defaults, what the site offers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sdsite.accounts.models import User

SITE, PUSH, EMAIL = "site", "push", "email"
WAYS: Mapping[str, Promise] = {
    SITE: gettext_lazy("On this site"),
    PUSH: gettext_lazy("Push"),
    EMAIL: gettext_lazy("Email"),
}
STORED_AS = "notices"  # in the preferences of the account


@dataclass(frozen=True)
class Topic:
    """Kinds of notices that are chosen together: in words, how they go by default, and whether for administrators."""

    title: Promise
    by_default: frozenset[str]
    for_administrators: bool = False


_QUIET, _PROMPT = frozenset({SITE}), frozenset({SITE, PUSH})
TOPICS: Mapping[str, Topic] = {
    "jobs": Topic(gettext_lazy("Jobs that ended while you were away"), _PROMPT),
    "moderation": Topic(gettext_lazy("Decisions about your images, appeals and reports"), _PROMPT),
    "budget": Topic(gettext_lazy("GPU time that is nearly used"), _PROMPT),
    "people": Topic(gettext_lazy("People who come by your invitations or share collections"), _QUIET),
    "likes": Topic(gettext_lazy("Likes of your images"), _QUIET),
    "requests": Topic(gettext_lazy("Requests for accounts"), _PROMPT, for_administrators=True),
    "rules": Topic(gettext_lazy("Matches of rules that notify the moderators"), _PROMPT, for_administrators=True),
    "security": Topic(gettext_lazy("Sign-ins from new devices"), frozenset(WAYS)),
}


def offered_ways() -> tuple[str, ...]:
    """Return the ways that this site can go; it sends no e-mail without a mail server."""
    return tuple(way for way in WAYS if way != EMAIL or settings.MAIL_IS_SENT)


def topics_for(user: User) -> list[str]:
    """Return the topics that `user` may choose about."""
    return [name for name, topic in TOPICS.items() if not topic.for_administrators or user.is_staff]


def ways_of(user: User, topic: str, *, by_mail: bool = False) -> frozenset[str]:
    """Return how `user` wants to be told of `topic`, whether or not the site offers it now.

    `by_mail`: also by e-mail, where they have not chosen.
    """
    chosen = user.preferences.get(STORED_AS, {}).get(topic)
    if chosen is None:
        return TOPICS[topic].by_default | ({EMAIL} if by_mail else frozenset())
    return frozenset(chosen) & frozenset(WAYS)


def choose(*, user: User, choices: Mapping[str, Any]) -> None:
    """Store how `user` wants to be told of the topics in `choices`; others stay as they are.

    A way that the site does not offer now is kept as it was.

    Raises:
        ValidationError: a topic or a way is unknown.
    """
    known = topics_for(user)
    for topic, ways in choices.items():
        if topic not in known:
            raise ValidationError({"choices": _("%(name)s is no topic; there are %(all)s") % _named(topic, known)})
        for way in ways:
            if way not in WAYS:
                raise ValidationError({"choices": _("%(name)s is no way; there are %(all)s") % _named(way, WAYS)})
    hidden = frozenset(WAYS) - frozenset(offered_ways())
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        stored = dict(row.preferences.get(STORED_AS, {}))
        for topic, ways in choices.items():
            kept = frozenset(ways) - hidden | ways_of(row, topic) & hidden
            stored[topic] = [way for way in WAYS if way in kept]
        user.preferences = {**row.preferences, STORED_AS: stored}
        User.objects.filter(pk=user.pk).update(preferences=user.preferences)


def _named(name: str, known: Any) -> dict[str, str]:
    return {"name": name[:40], "all": ", ".join(known)}
