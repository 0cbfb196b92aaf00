"""Numbers of the charts: images, jobs by state, percentiles, the cost of previews."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from generation.models import Job
from sdsite.admin.dashboard import charts
from sdsite.admin.dashboard.charts import in_words, quantiles
from sdsite.admin.dashboard.periods import PERIODS
from tests.support.factories import make_job

pytestmark = pytest.mark.usefixtures("valkey_alone")


def test_percentiles_are_values_by_the_nearest_rank():
    assert quantiles([]) is None
    assert quantiles([3.0]) == (3.0, 3.0)
    assert quantiles([float(number) for number in range(100, 0, -1)]) == (50.0, 95.0)
    assert (in_words(None), in_words((1.25, 20.0))) == ("–", "1.2 / 20.0 s")


def test_each_job_is_counted_once_in_its_span(alice, checkpoint):
    now = timezone.now()
    period = PERIODS["7d"]
    last = period.edges(now)[-2]
    for ended, status, count in (
        (last, "succeeded", 2),
        (last - timedelta(hours=6), "succeeded", 3),
        (last - timedelta(hours=1), "failed", 1),
        (now - timedelta(days=8), "succeeded", 9),
    ):
        job = make_job(alice, checkpoint, count=count)
        Job.objects.filter(pk=job.pk).update(
            status=status,
            queued_at=ended - timedelta(seconds=14),
            started_at=ended - timedelta(seconds=10),
            finished_at=ended,
            used_seconds=8.0,
            timings={"denoise": 7.0, "preview": 0.2},
        )
    shown = charts.build(period, now)
    [images] = json.loads(shown.images)["datasets"]
    assert images["data"][-2:] == [3, 2]
    assert (shown.made, sum(images["data"])) == (5, 5)
    assert shown.ended == {"succeeded": 2, "failed": 1, "cancelled": 0}
    assert (shown.wait, shown.run, shown.sampled) == ((4.0, 4.0), (10.0, 10.0), 2)
    assert shown.preview_percent == pytest.approx(2.5)
    assert [len(one["data"]) for one in json.loads(shown.times)["datasets"]] == [28] * 4
    assert [row[1:] for row in shown.rows[-2:]] == [
        (3, "4.0 / 4.0 s", "10.0 / 10.0 s"),
        (2, "4.0 / 4.0 s", "10.0 / 10.0 s"),
    ]


def test_without_jobs_there_are_no_times(db):
    shown = charts.build(PERIODS["24h"], timezone.now())
    assert (shown.made, shown.wait, shown.run, shown.preview_percent) == (0, None, None, None)
