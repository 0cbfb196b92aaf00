"""Periods of the charts: where their spans begin, and in which span a moment lies."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from generation.models import Job
from sdsite.admin.dashboard.periods import DEFAULT, PERIODS, Span, choose
from tests.support.factories import make_job

NOW = datetime(2026, 3, 5, 14, 25, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "first", "last", "labels"),
    [
        ("24h", (4, 15), (5, 14), ["15:00", "14:00"]),
        ("7d", (26, 18), (5, 12), ["Thu 18:00", "Thu 12:00"]),
        ("30d", (4, 0), (5, 0), ["4 Feb", "5 Mar"]),
    ],
)
def test_spans_begin_at_whole_hours_and_the_last_is_the_current_one(name, first, last, labels):
    period = PERIODS[name]
    with timezone.override(UTC):
        edges, titles = period.edges(NOW), period.titles(NOW)
    assert len(edges) == period.spans + 1
    assert ((edges[0].day, edges[0].hour), (edges[-2].day, edges[-2].hour)) == (first, last)
    assert edges[-2] <= NOW < edges[-1]
    assert [titles[0], titles[-1]] == labels


def test_an_address_without_a_period_or_with_an_unknown_one_has_the_default():
    assert choose({}) is choose({"period": "century"}) is PERIODS[DEFAULT]
    assert choose({"period": "7d"}).days == 7


@pytest.mark.django_db
@pytest.mark.parametrize("name", list(PERIODS))
def test_the_database_finds_the_span_of_a_moment(valkey_alone, alice, checkpoint, name):
    period = PERIODS[name]
    edges = period.edges(NOW)
    job = make_job(alice, checkpoint)
    for span in (0, 1, period.spans - 1):
        for moment in (edges[span], edges[span + 1] - timedelta(milliseconds=2)):
            Job.objects.filter(pk=job.pk).update(finished_at=moment)
            [found] = Job.objects.annotate(span=Span("finished_at", period, NOW)).values_list("span", flat=True)
            assert found == span
