"""Charts of the dashboard: images and jobs that ended, waiting and running times, the cost of previews."""

import itertools
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Sum
from django.utils.translation import gettext

from generation.models import Job
from sdsite.admin.dashboard.periods import Period, Span

SAMPLED = 200  # latest jobs of a span, by which percentiles are told
ENDS = (Job.Status.SUCCEEDED, Job.Status.FAILED, Job.Status.CANCELLED)

_TICKS = {"color": "#8a8d96"}
_LEGEND = {"position": "bottom", "labels": {"boxWidth": 8, "boxHeight": 8, **_TICKS}}


@dataclass
class Times:
    """Seconds that sampled jobs waited and ran, of which they waited for previews, and their GPU time."""

    wait: list[float] = field(default_factory=list)
    run: list[float] = field(default_factory=list)
    previews: float = 0.0
    used: float = 0.0


@dataclass(frozen=True)
class Shown:
    """What the charts show: data and options for Chart.js, and the same in words and numbers."""

    images: str
    times: str
    options: str
    time_options: str
    ended: dict[str, int]
    made: int
    wait: tuple[float, float] | None
    run: tuple[float, float] | None
    sampled: int
    preview_percent: float | None
    rows: list[tuple[str, int, str, str]]


def build(period: Period, now: datetime) -> Shown:
    """Return the charts of jobs that ended in `period`: one query by span and state, one small one for each span."""
    titles = period.titles(now)
    made, ended = _count(period, now)
    samples = [_sample(*ends) for ends in _pairs(period.edges(now))]
    waits, runs = ([quantiles(getattr(one, what)) for one in samples] for what in ("wait", "run"))
    every = Times(
        [seconds for one in samples for seconds in one.wait],
        [seconds for one in samples for seconds in one.run],
        sum(one.previews for one in samples),
        sum(one.used for one in samples),
    )
    return Shown(
        images=json.dumps({"labels": titles, "datasets": [_bars(gettext("Images"), made)]}),
        times=json.dumps({"labels": titles, "datasets": _lines(waits, runs)}),
        options=json.dumps(_options(legend=False)),
        time_options=json.dumps(_options(legend=True)),
        ended=ended,
        made=sum(made),
        wait=quantiles(every.wait),
        run=quantiles(every.run),
        sampled=len(every.run),
        preview_percent=100 * every.previews / every.used if every.used else None,
        rows=[
            (title, number, in_words(wait), in_words(run))
            for title, number, wait, run in zip(titles, made, waits, runs, strict=True)
        ],
    )


def quantiles(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the 50th and the 95th percentile, each one of the values (the nearest rank); None without any."""
    if not values:
        return None
    ordered = sorted(values)
    p50, p95 = (ordered[max(0, math.ceil(part * len(ordered)) - 1)] for part in (0.5, 0.95))
    return p50, p95


def in_words(pair: tuple[float, float] | None) -> str:
    """Return both percentiles, in seconds."""
    return "–" if pair is None else f"{pair[0]:.1f} / {pair[1]:.1f} s"


def _count(period: Period, now: datetime) -> tuple[list[int], dict[str, int]]:
    """Return the images of each span, and the jobs that ended in the period by state."""
    rows = (
        Job.objects.filter(finished_at__gte=period.start(now))
        .order_by()
        .annotate(span=Span("finished_at", period, now))
        .values_list("span", "status")
        .annotate(Count("pk"), Sum("count"))
    )
    made, ended = [0] * period.spans, dict.fromkeys((str(status) for status in ENDS), 0)
    for span, status, jobs, images in rows:
        ended[status] = ended.get(status, 0) + jobs
        if status == Job.Status.SUCCEEDED and 0 <= span < period.spans:
            made[span] += images
    return made, ended


def _sample(start: datetime, end: datetime) -> Times:
    """Return the times of the latest jobs that succeeded in a span."""
    rows = Job.objects.filter(finished_at__gte=start, finished_at__lt=end, status=Job.Status.SUCCEEDED)
    columns = ("queued_at", "started_at", "finished_at", "used_seconds", "timings")
    found = Times()
    for queued, started, finished, used, timings in rows.order_by("-finished_at").values_list(*columns)[:SAMPLED]:
        if started is None:  # of an import
            continue
        found.wait.append(max(0.0, (started - queued).total_seconds()))
        found.run.append((finished - started).total_seconds())
        found.used += used
        found.previews += timings.get("preview", 0.0) if isinstance(timings, dict) else 0.0
    return found


def _pairs(edges: Sequence[datetime]) -> Iterable[tuple[datetime, datetime]]:
    return itertools.pairwise(edges)


def _bars(label: str, values: list[int]) -> dict[str, Any]:
    return {"label": label, "data": values, "backgroundColor": "var(--color-primary-500)", "maxBarThickness": 24}


def _lines(waits: Sequence[Any], runs: Sequence[Any]) -> list[dict[str, Any]]:
    """Return four lines; the 95th percentiles are dashed, so that colour is not all that tells them apart."""
    series: dict[str, tuple[Sequence[Any], int, str]] = {
        gettext("Wait, median"): (waits, 0, "#b45309"),
        gettext("Wait, 95 %"): (waits, 1, "#b45309"),
        gettext("Run, median"): (runs, 0, "var(--color-primary-500)"),
        gettext("Run, 95 %"): (runs, 1, "var(--color-primary-500)"),
    }
    return [
        {
            "label": label,
            "data": [None if pair is None else round(pair[which], 2) for pair in pairs],
            "borderColor": colour,
            "backgroundColor": colour,
            "borderDash": [4, 4] if which else [],
            "borderWidth": 2,
            "pointRadius": 2,
            "spanGaps": True,
        }
        for label, (pairs, which, colour) in series.items()
    ]


def _options(*, legend: bool) -> dict[str, Any]:
    """Return the options of a chart; one of a single series needs no legend, since its heading names it."""
    return {
        "animation": False,
        "maintainAspectRatio": False,
        "plugins": {"legend": _LEGEND if legend else {"display": False}},
        "scales": {
            "x": {"grid": {"display": False}, "ticks": {**_TICKS, "maxRotation": 0, "maxTicksLimit": 7}},
            "y": {"beginAtZero": True, "grid": {}, "ticks": {**_TICKS, "precision": 0, "maxTicksLimit": 6}},
        },
    }
