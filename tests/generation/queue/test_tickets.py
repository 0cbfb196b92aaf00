"""Tickets wake workers of a lane, and are made again for jobs that have none; messages of cancellations."""

import pytest

from generation.models import Job, QueueState
from generation.queue import tickets
from generation.redis_client import connection
from tests.support.queue_turns import queue_job, take

pytestmark = pytest.mark.django_db(transaction=True)  # RQ keeps what is enqueued until the transaction is committed


@pytest.fixture
def no_redis(settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock?db=0"
    connection.cache_clear()
    yield
    connection.cache_clear()


def waiting(lane):
    """Return the tickets of a lane as RQ has them."""
    return tickets._get_queue(lane).jobs


def test_a_ticket_names_the_task_and_is_never_kept_or_cut_short(valkey):
    assert tickets.wake("batch")
    [ticket] = waiting("batch")
    assert (ticket.func_name, ticket.args) == ("generation.worker.tasks.work_ticket", ())
    assert (ticket.result_ttl, ticket.failure_ttl, ticket.timeout) == (0, 60, -1)
    assert waiting("interactive") == []


def without_tickets(owner, checkpoint, *lanes):
    """Queue a job in each lane, and lose the tickets."""
    for lane in lanes:
        queue_job(owner, checkpoint, lane=lane)
    connection().flushall()


def test_each_lane_with_jobs_and_no_ticket_gets_one(valkey, alice, checkpoint):
    without_tickets(alice, checkpoint, "interactive")
    assert tickets.wake_idle_lanes() == 1
    assert (len(waiting("interactive")), waiting("batch")) == (1, [])
    without_tickets(alice, checkpoint, "batch")
    tickets.wake("interactive")
    assert tickets.wake_idle_lanes() == 1
    assert (len(waiting("interactive")), len(waiting("batch"))) == (1, 1)
    assert tickets.wake_idle_lanes() == 0


def test_the_later_lane_is_woken_while_the_first_is_empty(valkey, alice, checkpoint):
    without_tickets(alice, checkpoint, "interactive", "batch")
    Job.objects.filter(lane="interactive").update(status="succeeded")
    assert tickets.wake_idle_lanes() == 1
    assert (waiting("interactive"), len(waiting("batch"))) == ([], 1)


@pytest.mark.parametrize(("state", "woken"), [({"paused": True}, 0), ({"paused": False}, 2), ({"closed": True}, 2)])
def test_a_paused_queue_wakes_nobody_and_a_closed_one_does(valkey, alice, checkpoint, state, woken):
    without_tickets(alice, checkpoint, "interactive", "batch")
    QueueState.objects.create(pk=1, **state)
    assert tickets.wake_idle_lanes() == woken


def test_a_cancellation_is_published_with_the_id_of_the_job(valkey, alice, checkpoint):
    job = queue_job(alice, checkpoint)
    listening = connection().pubsub(ignore_subscribe_messages=True)
    listening.subscribe("sdsite:cancel")
    assert listening.get_message(timeout=10) is None  # subscribed
    tickets.publish_cancel(job.pk)
    assert listening.get_message(timeout=10)["data"] == str(job.pk).encode()
    listening.close()


def test_the_depth_counts_what_waits_in_each_lane(alice, checkpoint):
    assert tickets.depth() == {"interactive": 0, "batch": 0}
    for lane in ("interactive", "interactive", "interactive", "batch"):
        queue_job(alice, checkpoint, lane=lane)
    take()
    assert tickets.depth() == {"interactive": 2, "batch": 1}


def test_without_redis_the_rows_remain_and_nothing_fails(no_redis, alice, checkpoint, caplog):
    job = queue_job(alice, checkpoint)
    assert tickets.wake("interactive") is False
    assert tickets.wake_idle_lanes() == 0
    tickets.publish_cancel(job.pk)
    assert "no ticket for lane interactive" in caplog.text
    assert f"cancellation of {job.pk}" in caplog.text
