"""Telling people: owners of decisions about their images, reporters of what became of it, and who appealed."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from django.urls import reverse
from django.utils import translation

from gallery.actions.moderation.wording import describe_reason, language_of
from gallery.models import Appeal, ModerationAction, Report
from sdsite.accounts.models import Suspension, User
from sdsite.accounts.notices import notify
from sdsite.accounts.roles.suspended_link import suspended_url

Deed = ModerationAction.Deed

# A decision about an image, or a warning -> the kind of notice.
KINDS = {
    Deed.APPROVE: "image_approved",
    Deed.BLUR: "image_blurred",
    Deed.HOLD: "image_held",
    Deed.PRIVATE: "image_made_private",
    Deed.DELETE: "image_deleted",
    Deed.WARN: "warned",
    Deed.RESTORE: "decision_undone",
}


def tell_owners(rows: Iterable[ModerationAction], actor: Any, group: str = "") -> None:
    """Tell each person once what was decided about their images, and why; in the decision's transaction.

    Notices of one `group` join, as `notify` says.
    """
    by_person: dict[int, list[ModerationAction]] = defaultdict(list)
    for row in rows:
        if row.person_id is not None and row.deed in KINDS and _concerns_owner(row):
            by_person[row.person_id].append(row)
    people = User.objects.in_bulk(by_person)
    for pk, theirs in by_person.items():
        if pk not in people:
            continue
        with translation.override(language_of(people[pk])):
            reason = describe_reason(theirs[-1])
        url = f"{reverse('decisions')}#decision-{theirs[-1].pk}"
        kind = KINDS[Deed(theirs[-1].deed)]
        notify(people[pk], kind, url=url, actor=actor, group=group, count=len(theirs), reason=reason)


def _concerns_owner(row: ModerationAction) -> bool:
    """Tell whether the owner hears of it: not of a release from reports that they never heard of."""
    return row.deed in (Deed.WARN, Deed.RESTORE) or bool(row.change)


def tell_reporters(reports: Collection[Report], actor: Any, *, upheld: bool) -> None:
    """Tell those whose reports were dealt with what came of them."""
    counts: dict[int, int] = defaultdict(int)
    for report in reports:
        if report.reporter_id is not None:
            counts[report.reporter_id] += 1
    for pk, count in counts.items():
        notify(pk, "report_upheld" if upheld else "report_declined", actor=actor, count=count)


def tell_appeal(row: Appeal, actor: Any) -> None:
    """Tell the person who appealed how it ended; one who is suspended still, by mail."""
    suspension = Suspension.objects.in_force().filter(user=row.person_id, decision=row.decision_id).first()
    if suspension is not None:
        notify(row.person, "suspension_upheld", url=suspended_url(suspension), actor=actor, reason=row.answer)
        return
    kind = "appeal_granted" if row.outcome == Appeal.Outcome.ACCEPTED else "appeal_refused"
    url = f"{reverse('decisions')}#decision-{row.decision_id}"
    notify(row.person, kind, url=url, actor=actor, reason=row.answer)
