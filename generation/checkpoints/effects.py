"""What actions of the admin would do to checkpoints and adapters, in numbers."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat

from gallery.search.meaning import index
from generation.models import Adapter, Checkpoint, Job, MeasuredSpeed, RoleLimits
from sdsite.accounts.admin_base import count

MOST_NAMED = 10


def named(rows: QuerySet[Any]) -> str:
    """Return the first few rows by name, and how many more there are."""
    shown = [str(row) for row in rows.order_by("pk")[: MOST_NAMED + 1]]
    more = rows.count() - MOST_NAMED
    return ", ".join(shown[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def of_disabling_checkpoints(rows: QuerySet[Checkpoint]) -> Iterator[str]:
    """Yield what disabling checkpoints would do."""
    enabled = rows.filter(enabled=True)
    yield f"{count(enabled.count(), 'checkpoint')} will be offered no more: {named(enabled) or '–'}."
    waiting = Job.objects.unfinished().filter(checkpoint__in=rows).count()
    yield f"{count(waiting, 'unfinished job')} of them will fail unless they are enabled again."


def of_deleting_checkpoints(rows: QuerySet[Checkpoint]) -> tuple[list[str], dict[str, int]]:
    """Return sentences on what deleting checkpoints would do, and the numbers of rows by kind."""
    jobs = Job.objects.filter(checkpoint__in=rows)
    only = RoleLimits.objects.filter(checkpoints__in=rows).distinct()
    widened = _left_without(only, "checkpoints", rows)
    said = [
        f"{named(rows)}: no more offered. The weights stay on disk, and images keep the name.",
        f"{count(jobs.unfinished().count(), 'unfinished job')} will fail.",
        f"{count(only.count(), 'role allows', 'roles allow')} them by name; {widened:,} would then name none, and so "
        "allow every one.",
    ]
    speeds = MeasuredSpeed.objects.filter(checkpoint__in=rows).count()
    return said, _numbers({"checkpoints": rows.count(), "measured speeds": speeds})


def of_disabling_adapters(rows: QuerySet[Adapter]) -> Iterator[str]:
    """Yield what disabling adapters would do."""
    enabled = rows.filter(enabled=True)
    yield f"{count(enabled.count(), 'adapter')} will be offered no more: {named(enabled) or '–'}."
    yield "Queued jobs that name them fail; what is generated already stays."


def of_deleting_adapters(rows: QuerySet[Adapter]) -> tuple[list[str], dict[str, int]]:
    """Return sentences on what deleting adapters would do, and the numbers of rows by kind."""
    only = RoleLimits.objects.filter(loras__in=rows).distinct()
    widened = _left_without(only, "loras", rows)
    size = filesizeformat(sum(rows.values_list("size_bytes", flat=True)))
    said = [
        f"{named(rows)}: no more offered, and queued jobs that name them fail. The weights ({size}) stay on disk.",
        f"{count(only.count(), 'role allows', 'roles allow')} them by name; {widened:,} would then name none, and so "
        "allow every LoRA.",
    ]
    return said, _numbers({"adapters": rows.count()})


def of_rebuilding(rows: QuerySet[Adapter]) -> Iterator[str]:
    """Yield what beginning the index of search by meaning anew would do."""
    model = index.current_model()
    images = index.count_progress(model).images if model is not None else 0
    yield f"{count(images, 'image')} will be indexed anew, while nothing else runs; until then searches find fewer."


def _left_without(limits: QuerySet[RoleLimits], name: str, rows: QuerySet[Any]) -> int:
    """Return how many of `limits` name none but `rows`."""
    ids = set(rows.values_list("pk", flat=True))
    return sum(not {one.pk for one in getattr(row, name).all()} - ids for row in limits.prefetch_related(name))


def _numbers(found: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in found.items() if number}
