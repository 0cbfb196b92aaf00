"""The forecast knows the bound of the later lane and owners at their limit."""

from generation.models import Share
from generation.queue import eta
from generation.queue.forecast import forecast
from generation.queue.lanes import EVERY
from tests.support.queue_turns import LANES, done, queue_job, role, take


def test_the_forecast_knows_the_bound_of_the_later_lane(alice, charlie, checkpoint):
    for _ in range(EVERY + 2):
        queue_job(alice, checkpoint)
    for _ in range(2):
        queue_job(charlie, checkpoint, lane="batch")
    predicted = list(eta.places())
    order = []
    while job := take():
        order.append(job.pk)
        done(job)
    assert predicted == order


def test_the_forecast_puts_others_before_a_user_at_the_limit(alice, charlie, checkpoint):
    role("one at a time", alice, most_running=1)
    mine = [queue_job(alice, checkpoint, seconds=5) for _ in range(2)]
    theirs = queue_job(charlie, checkpoint, seconds=1)
    take()
    Share.objects.filter(owner=charlie).update(virtual_seconds=100)
    both_workers = forecast(LANES, 10, free=(5.0, 0.0))
    assert [(pk, round(seconds)) for pk, seconds in both_workers] == [(theirs.pk, 1), (mine[1].pk, 10)]


def test_the_forecast_lets_a_user_at_the_limit_wait_for_jobs_that_it_started_itself(alice, charlie, checkpoint):
    role("one at a time", alice, most_running=1)
    mine = [queue_job(alice, checkpoint, seconds=5) for _ in range(2)]
    theirs = queue_job(charlie, checkpoint, seconds=1)
    Share.objects.filter(owner=charlie).update(virtual_seconds=100)
    both_workers = forecast(LANES, 10, free=(0.0, 0.0))
    assert [(pk, round(seconds)) for pk, seconds in both_workers] == [(mine[0].pk, 5), (theirs.pk, 1), (mine[1].pk, 10)]
