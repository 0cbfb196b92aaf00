"""A person's record for moderators: decisions about them, reports of their images, and how long they have been here."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from gallery.models import Image, ModerationAction, Report
from sdsite.accounts.models import User

LAST_DECISIONS = 5
Deed, Outcome = ModerationAction.Deed, Report.Outcome


@dataclass(frozen=True)
class Record:
    """What a moderator needs to know of a person before deciding; undone decisions do not count."""

    person: User
    since: datetime
    images: int
    taken_down: int
    warnings: int
    suspensions: int
    reports_upheld: int
    reports_declined: int
    last: list[ModerationAction]


def read_record(person: User) -> Record:
    """Return the record of a person; four queries."""
    about = ModerationAction.objects.about(person)
    standing = (
        about.standing()
        .restricting()
        .aggregate(
            warnings=Count("pk", filter=Q(deed=Deed.WARN)),
            suspensions=Count("pk", filter=Q(deed=Deed.SUSPEND)),
            all=Count("pk"),
        )
    )
    reports = Report.objects.filter(image__owner=person).aggregate(
        upheld=Count("pk", filter=Q(outcome=Outcome.UPHELD)), declined=Count("pk", filter=Q(outcome=Outcome.DECLINED))
    )
    return Record(
        person=person,
        since=person.date_joined,
        images=Image.objects.owned_by(person).kept().count(),
        taken_down=standing["all"] - standing["warnings"] - standing["suspensions"],
        warnings=standing["warnings"],
        suspensions=standing["suspensions"],
        reports_upheld=reports["upheld"],
        reports_declined=reports["declined"],
        last=list(about.concerning().select_related("undone_by").order_by("-at", "-pk")[:LAST_DECISIONS]),
    )
