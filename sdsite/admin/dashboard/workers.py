"""Rows of the dashboard's workers: those that live, with what they have loaded, and those whose device failed."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from redis import RedisError

from generation.models import Checkpoint
from generation.queue.workers import FailedWorker, LiveWorker, failed_workers, live_workers


@dataclass(frozen=True)
class LoadedRow:
    """A loaded checkpoint; `url` None: its row is gone."""

    slug: str
    size_bytes: int
    url: str | None


@dataclass(frozen=True)
class WorkerRow:
    """A live worker, with its jobs and checkpoints as links; `memory_used` of its device is in percent."""

    worker: LiveWorker
    seen_at: datetime
    job_url: str | None
    jobs_url: str
    loaded: list[LoadedRow]
    memory_used: int


@dataclass(frozen=True)
class FailedWorkerRow:
    """A worker whose device failed, with its times as dates; `next_try_at` None: no supervisor starts it again."""

    worker: FailedWorker
    failed_at: datetime
    next_try_at: datetime | None


def live() -> list[WorkerRow] | None:
    """Return the live workers, or None where Redis does not answer."""
    try:
        alive = live_workers()
    except RedisError:
        return None
    slugs = {loaded["slug"] for worker in alive for loaded in worker.loaded}
    ids = dict(Checkpoint.objects.filter(slug__in=slugs).values_list("slug", "pk")) if slugs else {}
    return [_row(worker, ids) for worker in alive]


def _row(worker: LiveWorker, ids: dict[str, int]) -> WorkerRow:
    job = worker.current_job_id
    total = worker.memory_total
    return WorkerRow(
        worker=worker,
        seen_at=_as_date(worker.seen_at),
        job_url=reverse("admin:generation_job_change", args=[job]) if job else None,
        jobs_url=f"{reverse('admin:generation_job_changelist')}?worker__exact={worker.name}",
        loaded=[
            LoadedRow(
                slug=loaded["slug"],
                size_bytes=loaded["size_bytes"],
                url=reverse("admin:generation_checkpoint_change", args=[ids[loaded["slug"]]])
                if loaded["slug"] in ids
                else None,
            )
            for loaded in worker.loaded
        ],
        memory_used=round(100 * (total - worker.memory_free) / total) if total else 0,
    )


def without_device() -> list[FailedWorkerRow]:
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
