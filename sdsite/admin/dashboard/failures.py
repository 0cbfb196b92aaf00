"""Failures: how often with which code, and the last ones."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from generation.models import Job
from generation.models.job import JobQuerySet
from sdsite.admin.dashboard.periods import Period

MOST_COUNTED = 2000  # latest failures of a period that are told apart by code
LAST_SHOWN = 8


@dataclass(frozen=True)
class FailureRow:
    """How often jobs failed with one code, the latest message, and the URL of those jobs."""

    code: str
    count: int
    message: str
    url: str


def by_code(period: Period, now: datetime) -> list[FailureRow]:
    """Return the error codes of jobs that failed in `period`, most frequent first, each with its latest message."""
    since = period.start(now)
    rows = Job.objects.filter(status=Job.Status.FAILED, finished_at__gte=since).order_by("-finished_at")
    latest = list(rows.values_list("error_code", "error_message")[:MOST_COUNTED])
    counts = Counter(code for code, _ in latest)
    sentences = dict(reversed(latest))
    return [
        FailureRow(code, count, sentences[code], jobs_url(since, error_code=code))
        for code, count in counts.most_common()
    ]


def last() -> JobQuerySet:
    """Return the jobs that failed last."""
    failed = Job.objects.filter(status=Job.Status.FAILED, finished_at__isnull=False)
    return failed.select_related("owner", "checkpoint").order_by("-finished_at")[:LAST_SHOWN]


def jobs_url(since: datetime, *, error_code: str | None = None) -> str:
    """Return the URL of the list of jobs that failed since then, with that code if one is given."""
    moment = timezone.localtime(since)
    query = {
        "status__exact": Job.Status.FAILED.value,
        "finished_at_from_0": moment.strftime("%Y-%m-%d"),
        "finished_at_from_1": moment.strftime("%H:%M:%S"),
    }
    if error_code is not None:
        query["error_code__exact"] = error_code
    return f"{reverse('admin:generation_job_changelist')}?{urlencode(query)}"
