"""The forecast gives the order in which jobs start, with a constant number of queries."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation.jobs.claim import claim
from generation.jobs.lifecycle import move
from generation.models import Job
from generation.queue import eta
from generation.queue.forecast import forecast

LANES = ("interactive", "batch")


def take():
    return claim(worker="w", lanes=LANES)


def finish(job, seconds):
    Job.objects.filter(pk=job.pk).update(started_at=timezone.now() - timedelta(seconds=seconds))
    assert move(job.pk, "succeeded", held=job.attempt)


def test_the_forecast_has_the_order_of_claims(alice, charlie, submit):
    for seconds in (3, 1, 2):
        submit(alice, seconds)
        submit(charlie, 2 * seconds)
    predicted = eta.places()
    assert [place.position for place in predicted.values()] == list(range(1, 7))
    etas = [place.eta_seconds for place in predicted.values()]
    assert etas == sorted(etas)
    turns = []
    while job := take():
        turns.append(job.pk)
        finish(job, Job.objects.get(pk=job.pk).predicted_seconds)
    assert list(predicted) == turns


def test_a_long_queue_costs_no_more_queries(alice, submit, django_assert_num_queries):
    submit(alice)
    submit(alice)
    with CaptureQueriesContext(connection) as alone:
        assert len(list(forecast(LANES, 10))) == 2
    for _ in range(20):
        submit(alice)
    with django_assert_num_queries(len(alone)):
        assert len(list(forecast(LANES, 10))) == 10
