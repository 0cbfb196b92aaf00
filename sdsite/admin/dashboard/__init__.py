"""Admin dashboard in four rows: state of the site, what needs somebody, charts of a period, what runs and failed."""

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from generation.admin.queue import in_words
from generation.models import Job
from generation.queue import tickets
from generation.queue.state import PERMISSION, current_state
from generation.usage import use_by_source
from sdsite.accounts.admin_base import can
from sdsite.admin.dashboard import attention, charts, failures, people, workers
from sdsite.admin.dashboard.kept import keep
from sdsite.admin.dashboard.periods import PARAMETER, PERIODS, Period, choose
from sdsite.core import disk_space

RUNNING_SHOWN = 20
KEPT_SECONDS = 20.0  # for which the charts are shown again


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the dashboard's data to the `context` of the admin index: only what needs them for who may not view jobs."""
    context["needs"] = attention.needs(request)
    if can(request, "generation.view_job"):
        context.update(_state(request), **_history(request), **_activity())
    return context


def _state(request: HttpRequest) -> dict[str, Any]:
    """Return the first row: queue, workers, disk."""
    state = current_state()
    alive, failed = workers.live(), workers.without_device()
    return {
        "depth": tickets.depth(),
        "queue_state": state,
        "queue_words": in_words(state),
        "free_bytes": disk_space.free_bytes(),
        "is_disk_full": disk_space.is_scarce(),
        "may_switch": can(request, PERMISSION),
        "workers": alive,
        "failed_workers": failed,
        "all_workers": len(alive or ()) + len(failed),
        "jobs_url": reverse("admin:generation_job_changelist"),
    }


def _history(request: HttpRequest) -> dict[str, Any]:
    """Return the third row: charts of the period that the address names, and who used what."""
    period = choose(request.GET)
    return {
        "period": period,
        "periods": [
            {"period": one, "url": f"?{PARAMETER}={one.name}#charts", "is_current": one == period}
            for one in PERIODS.values()
        ],
        "storage": people.storage() if can(request, "gallery.view_image") else None,
        **keep((period.name, get_language()), KEPT_SECONDS, partial(_add_up, period)),
    }


def _add_up(period: Period) -> dict[str, Any]:
    """Return what is read from all jobs that ended in `period`."""
    now = timezone.now()
    return {
        "charts": charts.build(period, now),
        "failures": failures.by_code(period, now),
        "gpu_time": people.gpu_time(period, now),
        "sources": use_by_source(Job.objects.all(), period.start(now)),
    }


def _activity() -> dict[str, Any]:
    """Return the last row: what runs, the longest running first, and what failed last."""
    running = Job.objects.running().select_related("owner", "checkpoint").order_by("started_at")
    return {"running": list(running[:RUNNING_SHOWN]), "last_failures": list(failures.last())}
