"""Admin dashboard: queue, running jobs, workers, failures of the last 24 hours."""

import json
import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.db.models.functions import TruncHour
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from redis import RedisError

from generation.admin.queue import PERMISSION, in_words
from generation.models import Job
from generation.queue import tickets
from generation.queue.state import current_state
from generation.queue.workers import FailedWorker, LiveWorker, failed_workers, live_workers
from generation.usage import use_by_source
from sdsite.accounts.admin_base import can
from sdsite.core import disk_space

HOURS = 24
RUNNING_SHOWN = 20
ENDED_MEASURED = 500  # the latest jobs, which is enough for a median

# Stacks of the chart from bottom to top: state, label, colour; theme variables where light and dark differ.
SERIES = (
    (Job.Status.SUCCEEDED, "Succeeded", "var(--color-primary-500)"),
    (Job.Status.FAILED, "Failed", "#dc2626"),
    (Job.Status.CANCELLED, "Cancelled", "var(--color-base-400)"),
)

_TICKS = {"color": "#9ca3af"}
CHART_OPTIONS = {
    "animation": False,
    "maintainAspectRatio": False,
    "plugins": {"legend": {"position": "bottom", "labels": {"boxWidth": 8, "boxHeight": 8, **_TICKS}}},
    "scales": {
        "x": {"stacked": True, "grid": {"display": False}, "ticks": {**_TICKS, "maxRotation": 0, "maxTicksLimit": 9}},
        "y": {"stacked": True, "beginAtZero": True, "grid": {}, "ticks": {**_TICKS, "precision": 0}},
    },
}


@dataclass(frozen=True)
class WorkerRow:
    """A row of the table of workers."""

    worker: LiveWorker
    seen_at: datetime
    job_url: str | None


@dataclass(frozen=True)
class FailedWorkerRow:
    """A worker whose device failed, with its times as dates; `next_try_at` None: no supervisor starts it again."""

    worker: FailedWorker
    failed_at: datetime
    next_try_at: datetime | None


@dataclass(frozen=True)
class FailureRow:
    """How often jobs failed with one code, the latest message, and the URL of those jobs."""

    code: str
    count: int
    message: str
    url: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the dashboard's data to the `context` of the admin index; nothing for users who may not view jobs."""
    if can(request, "generation.view_job"):
        since = timezone.now() - timedelta(hours=HOURS)
        context.update(
            hours=HOURS,
            depth=tickets.depth(),
            queue_state=current_state(),
            queue_words=in_words(current_state()),
            free_bytes=disk_space.free_bytes(),
            is_disk_full=disk_space.is_scarce(),
            may_switch=can(request, PERMISSION),
            running=running_jobs(),
            workers=workers(),
            failed_workers=workers_without_device(),
            chart=json.dumps(jobs_by_hour(since)),
            chart_options=json.dumps(CHART_OPTIONS),
            ended=ended_counts(since),
            failures=failures(since),
            sources=use_by_source(Job.objects.all()),
            median_seconds=median_seconds(since),
            jobs_url=reverse("admin:generation_job_changelist"),
        )
    return context


def running_jobs() -> list[Job]:
    """Return the running jobs, the longest running first."""
    rows = Job.objects.running().select_related("owner", "checkpoint")
    return list(rows.order_by("started_at")[:RUNNING_SHOWN])


def workers() -> list[WorkerRow] | None:
    """Return the live workers, or None where Redis does not answer."""
    try:
        alive = live_workers()
    except RedisError:
        return None
    return [
        WorkerRow(
            worker=worker,
            seen_at=_as_date(worker.seen_at),
            job_url=reverse("admin:generation_job_change", args=[worker.current_job_id])
            if worker.current_job_id
            else None,
        )
        for worker in alive
    ]


def workers_without_device() -> list[FailedWorkerRow]:
    """Return the workers that ended because their device failed; none where Redis does not answer."""
    try:
        failed = failed_workers()
    except RedisError:
        return []
    return [
        FailedWorkerRow(one, _as_date(one.failed_at), None if one.next_try_at is None else _as_date(one.next_try_at))
        for one in failed
    ]


def _as_date(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=timezone.get_current_timezone())


def jobs_by_hour(since: datetime) -> dict[str, Any]:
    """Return the chart of jobs that finished since then, by hour and state, as data for Chart.js."""
    first = since.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    hours = [first + timedelta(hours=offset) for offset in range(HOURS)]
    counted = (
        Job.objects.filter(finished_at__gte=first)
        .order_by()
        .annotate(hour=TruncHour("finished_at"))
        .values_list("hour", "status")
        .annotate(Count("pk"))
    )
    found = {(hour, status): number for hour, status, number in counted}
    return {
        "labels": [timezone.localtime(hour).strftime("%H:00") for hour in hours],
        "datasets": [
            {
                "label": label,
                "data": [found.get((hour, status), 0) for hour in hours],
                "backgroundColor": colour,
                "maxBarThickness": 24,
            }
            for status, label, colour in SERIES
        ],
    }


def ended_counts(since: datetime) -> dict[str, int]:
    """Return how many jobs finished since then, by state."""
    rows = Job.objects.filter(finished_at__gte=since).order_by().values_list("status").annotate(Count("pk"))
    return {status: dict(rows).get(status, 0) for status, _, _ in SERIES}


def failures(since: datetime) -> list[FailureRow]:
    """Return the error codes of jobs since then, most frequent first, each with its latest message."""
    rows = Job.objects.filter(status=Job.Status.FAILED, finished_at__gte=since).order_by("-finished_at")
    latest = list(rows.values_list("error_code", "error_message")[:ENDED_MEASURED])
    counts = Counter(code for code, _ in latest)
    sentences = dict(reversed(latest))
    url = reverse("admin:generation_job_changelist") + "?status__exact=failed"
    return [FailureRow(code, count, sentences[code], url) for code, count in counts.most_common()]


def median_seconds(since: datetime) -> float | None:
    """Return the median seconds from start to end of the jobs that succeeded since then; None without any."""
    rows = Job.objects.filter(status=Job.Status.SUCCEEDED, finished_at__gte=since, started_at__isnull=False)
    spans = rows.order_by("-finished_at").values_list("started_at", "finished_at")[:ENDED_MEASURED]
    seconds = [(end - start).total_seconds() for start, end in spans if start and end]
    return statistics.median(seconds) if seconds else None
