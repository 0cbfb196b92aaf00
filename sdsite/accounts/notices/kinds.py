"""Table of the kinds of notices: topic, sentence for people, how long later ones join an earlier one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

FEW_MINUTES = timedelta(minutes=10)
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Kind:
    """A kind of notice.

    `sentence` has named placeholders, filled from the detail of the notice, `%(name)s` from the account of who did it.
    `grouped` replaces it where several were joined, with `%(count)d` of them; they join within `joins_within`,
    where `once_a_person` says so each person once. `to_suspended`: told by mail too unless the person chose otherwise,
    and to who is suspended, whom nothing else reaches.
    """

    topic: str
    icon: str
    sentence: Any
    grouped: Any = None
    joins_within: timedelta = A_DAY
    once_a_person: bool = False
    to_suspended: bool = False

    def text(self, detail: dict[str, Any], name: str) -> str:
        """Return the sentence in the reader's language; a `reason` of the detail follows it."""
        values = {**detail, "name": name or _("Somebody who left"), "count": detail.get("count", 1)}
        chosen = self.grouped if self.grouped is not None and values["count"] > 1 else self.sentence
        try:
            told = str(chosen % values)
        except KeyError:  # stored by another version of the site
            told = _("Something happened that this page cannot describe.")
        reason = str(detail.get("reason", "")).strip()
        return f"{told} {reason}" if reason else told


KINDS: dict[str, Kind] = {
    "job_succeeded": Kind(
        topic="jobs",
        icon="check",
        sentence=gettext_lazy("A job of yours is done."),
        grouped=ngettext_lazy("%(count)d job of yours is done.", "%(count)d jobs of yours are done.", "count"),
        joins_within=FEW_MINUTES,
    ),
    "job_failed": Kind(
        topic="jobs",
        icon="warning",
        sentence=gettext_lazy("A job of yours failed."),
        grouped=ngettext_lazy("%(count)d job of yours failed.", "%(count)d jobs of yours failed.", "count"),
        joins_within=FEW_MINUTES,
    ),
    "image_liked": Kind(
        topic="likes",
        icon="heart",
        sentence=gettext_lazy("Somebody liked an image of yours."),
        grouped=ngettext_lazy(
            "%(count)d person liked an image of yours.", "%(count)d people liked an image of yours.", "count"
        ),
        once_a_person=True,
    ),
    "invitation_used": Kind("people", "person", gettext_lazy("%(name)s created an account by your invitation.")),
    "collection_shared": Kind(
        "people", "collection", gettext_lazy("%(name)s made you a member of the collection “%(collection)s”.")
    ),
    "collection_filled": Kind(
        topic="people",
        icon="collection",
        sentence=gettext_lazy("%(name)s added an image to your collection “%(collection)s”."),
        grouped=ngettext_lazy(
            "%(name)s added %(count)d image to your collection “%(collection)s”.",
            "%(name)s added %(count)d images to your collection “%(collection)s”.",
            "count",
        ),
    ),
    "image_held": Kind(
        topic="moderation",
        icon="shield",
        sentence=gettext_lazy("An image of yours is under review, hidden until a moderator has decided."),
        grouped=ngettext_lazy(
            "%(count)d image of yours is under review, hidden until a moderator has decided.",
            "%(count)d images of yours are under review, hidden until a moderator has decided.",
            "count",
        ),
    ),
    "image_approved": Kind(
        topic="moderation",
        icon="shield",
        sentence=gettext_lazy("An image of yours was approved."),
        grouped=ngettext_lazy(
            "%(count)d image of yours was approved.", "%(count)d images of yours were approved.", "count"
        ),
    ),
    "image_blurred": Kind(
        topic="moderation",
        icon="shield",
        sentence=gettext_lazy("An image of yours is shown blurred to others now."),
        grouped=ngettext_lazy(
            "%(count)d image of yours is shown blurred to others now.",
            "%(count)d images of yours are shown blurred to others now.",
            "count",
        ),
    ),
    "image_made_private": Kind(
        topic="moderation",
        icon="shield",
        sentence=gettext_lazy("A moderator made an image of yours private."),
        grouped=ngettext_lazy(
            "A moderator made %(count)d image of yours private.",
            "A moderator made %(count)d images of yours private.",
            "count",
        ),
    ),
    "image_deleted": Kind(
        topic="moderation",
        icon="shield",
        sentence=gettext_lazy("A moderator deleted an image of yours."),
        grouped=ngettext_lazy(
            "A moderator deleted %(count)d image of yours.", "A moderator deleted %(count)d images of yours.", "count"
        ),
    ),
    "decision_undone": Kind(
        "moderation", "shield", gettext_lazy("A decision about you or an image of yours was undone.")
    ),
    "suspended": Kind(
        topic="moderation",
        icon="warning",
        sentence=gettext_lazy("Your account is suspended. The link says until when, and takes an appeal."),
        to_suspended=True,
    ),
    "suspension_upheld": Kind(
        topic="moderation",
        icon="shield",
        sentence=gettext_lazy("Your appeal was refused; your account stays suspended."),
        to_suspended=True,
    ),
    "warned": Kind("moderation", "warning", gettext_lazy("A moderator warns you.")),
    "appeal_granted": Kind("moderation", "shield", gettext_lazy("Your appeal was granted.")),
    "appeal_refused": Kind("moderation", "shield", gettext_lazy("Your appeal was refused.")),
    "report_upheld": Kind(
        topic="moderation",
        icon="flag",
        sentence=gettext_lazy("A moderator acted on your report. Thank you."),
        grouped=ngettext_lazy(
            "A moderator acted on %(count)d report of yours. Thank you.",
            "A moderator acted on %(count)d reports of yours. Thank you.",
            "count",
        ),
    ),
    "report_declined": Kind(
        topic="moderation",
        icon="flag",
        sentence=gettext_lazy("A moderator looked at the image that you reported and left it as it is."),
        grouped=ngettext_lazy(
            "A moderator looked at %(count)d image that you reported and left it as it is.",
            "A moderator looked at %(count)d images that you reported and left them as they are.",
            "count",
        ),
    ),
    "budget_low": Kind("budget", "clock", gettext_lazy("You have used %(percent)d %% of your GPU time of 24 hours.")),
    "budget_used": Kind("budget", "clock", gettext_lazy("You have used all of your GPU time of 24 hours.")),
    "signup_asked": Kind(
        topic="requests",
        icon="person",
        sentence=gettext_lazy("%(name)s asks for an account."),
        grouped=ngettext_lazy("%(count)d person asks for an account.", "%(count)d people ask for accounts.", "count"),
        once_a_person=True,
    ),
    "rule_matched": Kind(
        topic="rules",
        icon="shield",
        sentence=gettext_lazy("The rule “%(rule)s” matched."),
        grouped=ngettext_lazy(
            "Rules matched %(count)d time, the last one is “%(rule)s”.",
            "Rules matched %(count)d times, the last one is “%(rule)s”.",
            "count",
        ),
    ),
    "new_sign_in": Kind("security", "lock", gettext_lazy("Your account was used from a new device: %(device)s.")),
}
