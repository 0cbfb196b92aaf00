"""Metrics for Prometheus: jobs, queue, workers and the web process.

`/metrics` is for staff: by session, or by an API key with the scope `read` in any header that the API takes. The
address of the client is no authentication, because behind a proxy all clients have the same one.
"""

import logging
import threading
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from redis import RedisError

from sdsite.core.disk_space import free_bytes
from sdsite.core.rate_limits import RateLimited

logger = logging.getLogger(__name__)

REGISTRY = CollectorRegistry()
SETTLING = timedelta(seconds=10)  # a transaction may commit a finished_at that is a little older than the newest one
SCOPE = "read"


class FinishedJobs:
    """Counts finished jobs by status and source, each time only those that finished since the last count.

    Deleted jobs stay counted, because a counter must not decrease.
    """

    def __init__(self) -> None:
        """Start with no job counted."""
        self._counted: Tally[tuple[str, str]] = Tally()
        self._until: datetime | None = None
        self._lock = threading.Lock()

    def totals(self, now: datetime | None = None) -> dict[tuple[str, str], int]:
        """Return {(status, source): finished jobs}, complete up to SETTLING before `now`."""
        from django.db.models import Count

        from generation.models import Job

        until = (now or timezone.now()) - SETTLING
        with self._lock:
            rows = Job.objects.filter(finished_at__lte=until)
            if self._until is not None:
                rows = rows.filter(finished_at__gt=self._until)
            counted = rows.order_by().values_list("status", "source").annotate(Count("pk"))
            self._counted.update({(status, source): number for status, source, number in counted})
            self._until = until
            return dict(self._counted)


class SiteCollector(Collector):
    """Collector that reads database and queue at every scrape; a part that does not answer is reported as down."""

    def __init__(self) -> None:
        """Start the counter of finished jobs."""
        self._finished = FinishedJobs()

    def describe(self) -> Iterable[Metric]:
        """Describe no metric, so that registering reads neither database nor queue."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of each part that answers."""
        up = GaugeMetricFamily("sdsite_part_up", "1 while the part answers.", labels=["part"])
        for part, ask in (("database", self._rows), ("queue", self._workers)):
            try:
                found = list(ask())
            except (Error, RedisError, OSError) as error:
                logger.warning("metrics without %s: %s", part, error)
                up.add_metric([part], 0)
            else:
                up.add_metric([part], 1)
                yield from found
        yield up
        yield GaugeMetricFamily("sdsite_disk_free_bytes", "Free bytes of the fullest disk.", value=free_bytes())

    def _rows(self) -> Iterator[Metric]:
        from generation.models import Job
        from generation.queue import tickets

        waiting = GaugeMetricFamily("sdsite_jobs_waiting", "Queued jobs, by lane.", labels=["lane"])
        for lane, depth in tickets.depth().items():
            waiting.add_metric([lane], depth)
        yield waiting
        running = Job.objects.filter(status=Job.Status.RUNNING).count()
        yield GaugeMetricFamily("sdsite_jobs_running", "Running jobs.", value=running)
        labels = ["status", "source"]
        finished = CounterMetricFamily("sdsite_jobs_finished", "Finished jobs, by status and source.", labels=labels)
        totals = self._finished.totals()
        for status in (Job.Status.SUCCEEDED, Job.Status.FAILED, Job.Status.CANCELLED):
            for source in Job.Source.values:
                finished.add_metric([status.value, source], totals.get((status.value, source), 0))
        yield finished

    def _workers(self) -> Iterator[Metric]:
        from generation.queue.workers import failed_workers, live_workers

        states: Tally[str] = Tally(worker.state for worker in live_workers())
        alive = GaugeMetricFamily("sdsite_workers", "Live workers, by state.", labels=["state"])
        for state in sorted({"idle", "busy", *states}):
            alive.add_metric([state], states[state])
        yield alive
        failed = "Workers that ended because their accelerator failed, and are not back."
        yield GaugeMetricFamily("sdsite_workers_failed", failed, value=len(failed_workers()))


REGISTRY.register(SiteCollector())
ProcessCollector(registry=REGISTRY)


def _may_read(request: HttpRequest) -> bool:
    """Tell whether the request is of staff, by session or by a key with the scope `read`.

    Raises:
        RateLimited: too many wrong keys from this address, or too many requests with this key.
    """
    from sdsite.accounts.authentication import WrongKey, authenticate_request_key
    from sdsite.accounts.required_steps.due import StepDue

    try:
        key = authenticate_request_key(request)
    except (WrongKey, StepDue):
        return False
    user = request.user
    return user.is_authenticated and user.is_staff and (key is None or SCOPE in key.scopes)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus' text format, or 401 without the credentials of staff."""
    try:
        may_read = _may_read(request)
    except RateLimited as error:
        return HttpResponse(
            f"{error}\n", status=429, content_type="text/plain", headers={"Retry-After": str(error.retry_after)}
        )
    if not may_read:
        refusal = "Metrics are for staff: send the API key of a staff member with the scope read.\n"
        challenge = {"WWW-Authenticate": 'Bearer realm="sdsite"'}
        return HttpResponse(refusal, status=401, content_type="text/plain", headers=challenge)
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
