"""Jobs and GPU time of the last 24 hours, by the page, API or dialect that the jobs came from."""

from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum
from django.utils import timezone
from pydantic import BaseModel, Field

from generation.models import Job
from generation.models.job import JobQuerySet

WINDOW = timedelta(hours=24)


class SourceUseOut(BaseModel):
    """Jobs of one source that ended in the last 24 hours."""

    source: str = Field(description="As the `source` of a job.", examples=["openai"])
    title: str = Field(examples=["OpenAI's API"])
    jobs: int = Field(description="Jobs that ended, in whatever way.", examples=[12])
    images: int = Field(description="Images of those that succeeded.", examples=[40])
    seconds: float = Field(description="GPU time, in seconds.", examples=[93.5])


def use_by_source(jobs: JobQuerySet, since: datetime | None = None) -> list[SourceUseOut]:
    """Return the use of those of `jobs` that ended `since` then (24 hours ago), by source, the most GPU time first.

    Sources without ended jobs are left out.
    """
    ended = jobs.filter(finished_at__gt=since or timezone.now() - WINDOW).order_by()
    rows = ended.values_list("source").annotate(
        jobs_ended=Count("pk"),
        images=Sum("count", filter=Q(status=Job.Status.SUCCEEDED), default=0),
        seconds=Sum("used_seconds", default=0.0),
    )
    found = [
        SourceUseOut(source=source, title=title_of(source), jobs=number, images=made, seconds=round(seconds, 1))
        for source, number, made, seconds in rows
    ]
    return sorted(found, key=lambda one: (-one.seconds, one.source))


def title_of(source: str) -> str:
    """Return the title of a source for people; a name that is none is its own title."""
    return str(dict(Job.Source.choices).get(source, source))
