"""Decisions in words, for moderators and for those whom they are about."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gallery.models import ModerationAction
from sdsite.accounts.models import User

Deed, Reason = ModerationAction.Deed, ModerationAction.Reason

DEEDS = {
    Deed.APPROVE: gettext_lazy("Approved"),
    Deed.BLUR: gettext_lazy("Blurred for others"),
    Deed.HOLD: gettext_lazy("Put under review"),
    Deed.PRIVATE: gettext_lazy("Made private"),
    Deed.DELETE: gettext_lazy("Deleted"),
    Deed.WARN: gettext_lazy("Warned"),
    Deed.SUSPEND: gettext_lazy("Suspended"),
    Deed.RESOLVE: gettext_lazy("Reports closed"),
    Deed.RESTORE: gettext_lazy("Decision undone"),
    Deed.UPHOLD: gettext_lazy("Appeal declined"),
}
REASONS = {
    Reason.SEXUAL: gettext_lazy("Sexual content"),
    Reason.VIOLENCE: gettext_lazy("Violence"),
    Reason.HATE: gettext_lazy("Hate or harassment"),
    Reason.PERSON: gettext_lazy("Shows a real person without consent"),
    Reason.RIGHTS: gettext_lazy("Copyright or trademark"),
    Reason.SPAM: gettext_lazy("Spam"),
    Reason.RULE: gettext_lazy("Rule of the site"),
    Reason.OTHER: gettext_lazy("Something else"),
}


def describe_reason(decision: ModerationAction) -> str:
    """Return why it was decided so: the reason of the list, the moderator's words, both, or nothing."""
    listed = str(REASONS[Reason(decision.reason)]) if decision.reason else ""
    return ": ".join(part for part in (listed, decision.text) if part)


def language_of(person: User) -> str:
    """Return the language that a person reads: their own, or the site's."""
    return person.language or settings.LANGUAGE_CODE


def who_decided(decision: ModerationAction) -> str:
    """Return the moderator's name, or that the site decided by itself."""
    return decision.moderator_name or _("The site")


def describe_conflict(decision: ModerationAction) -> str:
    """Return the sentence for a moderator who was slower than another."""
    values = {"name": who_decided(decision), "deed": DEEDS[Deed(decision.deed)], "reason": describe_reason(decision)}
    if values["reason"]:
        return _("%(name)s has decided meanwhile: %(deed)s (%(reason)s).") % values
    return _("%(name)s has decided meanwhile: %(deed)s.") % values
