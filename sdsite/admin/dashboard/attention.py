"""What needs an administrator: counts above zero, each with the list of what it counts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from redis import RedisError

from gallery.models import Appeal, Image, Report, RuleHit
from generation.models import Job
from generation.queue.workers import failed_workers
from sdsite.accounts.admin_base import can
from sdsite.accounts.models import SignupRequest
from sdsite.admin.dashboard import failures

MOST_COUNTED = 1000
WINDOW = timedelta(hours=24)  # of failed jobs


@dataclass(frozen=True)
class Need:
    """A number, what it counts in words, and where that is listed; without `is_exact` there are more."""

    number: int
    words: str
    url: str
    is_exact: bool = True


def needs(request: HttpRequest) -> list[Need]:
    """Return what needs the user of `request`, of what they may view; at most MOST_COUNTED rows of each are counted."""
    return [need for permission, ask in ASKED if can(request, permission) for need in ask() if need.number]


def _count(rows: QuerySet[Any]) -> tuple[int, bool]:
    number = rows[: MOST_COUNTED + 1].count()
    return min(number, MOST_COUNTED), number <= MOST_COUNTED


def _reports() -> Iterator[Need]:
    number, is_exact = _count(Report.objects.open().order_by())
    url = reverse("admin:gallery_report_changelist") + "?resolved_at__isempty=1"
    yield Need(number, ngettext("open report", "open reports", number), url, is_exact)


def _held() -> Iterator[Need]:
    number, is_exact = _count(Image.objects.kept().quarantined().order_by("-quarantined_at"))  # as its index
    url = reverse("admin:gallery_image_changelist") + "?quarantined_at__isempty=0"
    yield Need(number, ngettext("image under review", "images under review", number), url, is_exact)


def _matches() -> Iterator[Need]:
    number, is_exact = _count(RuleHit.objects.open())
    words = ngettext("match of a rule", "matches of rules", number)
    yield Need(number, words, reverse("moderation_hits"), is_exact)


def _appeals() -> Iterator[Need]:
    number, is_exact = _count(Appeal.objects.open().order_by())
    yield Need(number, ngettext("open appeal", "open appeals", number), reverse("moderation_appeals"), is_exact)


def _failed_jobs() -> Iterator[Need]:
    since = timezone.now() - WINDOW
    number, is_exact = _count(Job.objects.filter(status=Job.Status.FAILED, finished_at__gte=since).order_by())
    words = ngettext("failed job in 24 hours", "failed jobs in 24 hours", number)
    yield Need(number, words, failures.jobs_url(since), is_exact)


def _waiting() -> Iterator[Need]:
    number, is_exact = _count(SignupRequest.objects.waiting().order_by())
    url = reverse("admin:accounts_signuprequest_changelist")
    yield Need(number, ngettext("person waits for approval", "people wait for approval", number), url, is_exact)


def _workers() -> Iterator[Need]:
    try:
        number = len(failed_workers())
    except RedisError:
        return
    words = ngettext("worker without its device", "workers without their devices", number)
    yield Need(number, words, reverse("admin:index") + "#workers")


# The permission to view it, and what counts it.
ASKED: tuple[tuple[str, Callable[[], Iterator[Need]]], ...] = (
    ("gallery.view_report", _reports),
    ("gallery.view_image", _held),
    ("gallery.view_image", _matches),
    ("gallery.decide_appeal", _appeals),
    ("generation.view_job", _failed_jobs),
    ("accounts.view_signuprequest", _waiting),
    ("generation.view_job", _workers),
)
