"""Who uses what: GPU time of a period and storage, the most first."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum
from django.urls import reverse

from gallery.models import Image
from generation.models import Job
from sdsite.accounts.models import User
from sdsite.admin.dashboard.kept import keep
from sdsite.admin.dashboard.periods import Period

MOST_PEOPLE = 8
STORAGE_SECONDS = 600.0  # for which the sums over all images are kept


@dataclass(frozen=True)
class PersonRow:
    """What one person used: `value` in seconds or bytes, `part` of the largest one in percent, the rows it is of."""

    name: str
    url: str
    value: float
    part: int
    rows: int
    rows_url: str


def gpu_time(period: Period, now: datetime) -> list[PersonRow]:
    """Return those whose jobs of `period` used the most GPU time; one read of the jobs that ended in it."""
    ended = Job.objects.filter(finished_at__gte=period.start(now)).order_by()
    used = ended.values_list("owner").annotate(seconds=Sum("used_seconds"), jobs=Count("pk"))
    return _name(list(used.order_by("-seconds")[:MOST_PEOPLE]), reverse("admin:generation_job_changelist"))


def storage() -> list[PersonRow]:
    """Return those whose images take the most space, as it was within STORAGE_SECONDS: it reads a row of each image."""
    return _name(keep(("storage",), STORAGE_SECONDS, _add_up), reverse("admin:gallery_image_changelist"))


def _add_up() -> list[tuple[int, float, int]]:
    sums = Image.objects.order_by().values_list("owner").annotate(taken=Sum("size_bytes"), images=Count("pk"))
    return list(sums.order_by("-taken")[:MOST_PEOPLE])


def _name(rows: list[tuple[int, float, int]], list_url: str) -> list[PersonRow]:
    people = User.objects.in_bulk([owner for owner, _, _ in rows])
    most = max((value for _, value, _ in rows), default=0)
    return [
        PersonRow(
            name=str(people[owner]),
            url=reverse("admin:accounts_user_change", args=[owner]),
            value=value,
            part=round(100 * value / most) if most else 0,
            rows=number,
            rows_url=f"{list_url}?owner__id__exact={owner}",
        )
        for owner, value, number in rows
        if owner in people  # one may have been deleted since the storage was added up
    ]
