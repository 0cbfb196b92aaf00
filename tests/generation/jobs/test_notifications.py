"""The event of a state goes out on commit, only from the call that moved the job."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from channels.layers import get_channel_layer

from generation.events.groups import user_group
from generation.events.publish import publish
from generation.events.types import JobCancelled
from generation.jobs.cancel import drop_image
from generation.jobs.claim import claim
from generation.jobs.lifecycle import move
from generation.jobs.notifications import publish_positions, published_places
from generation.models import Job
from generation.queue import eta
from tests.support.factories import make_job

LAST = "00000000-0000-0000-0000-00000000000f"


@pytest.fixture
def job(alice, checkpoint):
    return make_job(alice, checkpoint, count=2)


@pytest.fixture
def published(alice, valkey, django_capture_on_commit_callbacks):
    """Return a function that runs another and returns (event, status, sequence) of what Alice's connections received.

    Positions in the queue are left out: a thread of their own publishes them.
    """

    async def listen(ready):
        layer = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(user_group(alice.pk), channel)
        ready.set()
        found = []
        while (message := (await asyncio.wait_for(layer.receive(channel), 10))["message"])["job"] != LAST:
            if message["event"] != "queue.moved":
                found.append((message["event"], message["data"]["status"], message["sequence"]))
        return found

    def run(function):
        ready = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            heard = pool.submit(asyncio.run, listen(ready))
            assert ready.wait(10)
            with django_capture_on_commit_callbacks(execute=True):
                function()
            publish(alice.pk, JobCancelled(LAST, 0, {}))
            return heard.result(20)

    return run


def test_the_event_goes_out_on_commit_only_from_the_call_that_moved(job, published):
    def moves():
        assert move(job.pk, "running")
        assert not move(job.pk, "running")

    assert published(moves) == [("job.started", "running", 2)]
    assert published(lambda: move(job.pk, "succeeded", sequence=7)) == [("job.succeeded", "succeeded", 8)]


def test_dropping_an_image_of_a_queued_job_is_published(job, alice, published):
    assert published(lambda: drop_image(job=job, index=0, actor=alice)) == [("job.queued", "queued", 2)]
    assert published(lambda: drop_image(job=job, index=0, actor=alice)) == []


def test_dropping_an_image_of_a_running_job_is_left_to_its_worker(job, alice, published):
    claim(worker="w", lanes=("interactive",))
    assert published(lambda: drop_image(job=job, index=0, actor=alice)) == []
    assert Job.objects.get(pk=job.pk).dropped == [0]


def test_published_places_are_read_without_simulating_the_queue(alice, job, valkey, django_assert_num_queries):
    make_job(alice, job.checkpoint)
    publish_positions()
    with django_assert_num_queries(0):
        found = published_places()
    assert {pk: place.position for pk, place in found.items()} == {
        pk: place.position for pk, place in eta.places().items()
    }
    assert found[job.pk].position == 1
