"""An image is either stored or dropped, and a job either written or moved, even when both come at once."""

import pytest
from django.db import transaction

from gallery.models import Image
from generation.errors import JobRefused
from generation.jobs import reaper
from generation.jobs.cancel import drop_image
from generation.jobs.claim import claim
from generation.jobs.lifecycle import may_store, owns
from generation.models import Job
from tests.support.at_once import while_locked
from tests.support.factories import make_image, make_job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def running(alice, checkpoint, no_worker):
    make_job(alice, checkpoint, count=2)
    return claim(worker="w", lanes=("interactive",))


def test_an_image_that_is_being_stored_is_not_dropped(running, alice):
    with while_locked(lambda: drop_image(job=running, index=0, actor=alice)) as outcome:
        assert may_store(running.pk, running.attempt, 0)
        make_image(alice, job_id=running.pk, index=0)
    assert isinstance(outcome[0], JobRefused)
    assert outcome[0].code == "image_stored"
    assert (Job.objects.get().dropped, Image.objects.count()) == ([], 1)


def test_an_image_that_is_being_dropped_is_not_stored(running, alice):
    def store():
        with transaction.atomic():
            return may_store(running.pk, running.attempt, 0)

    with while_locked(store) as outcome:
        drop_image(job=running, index=0, actor=alice)
    assert outcome == [False]


def test_a_job_is_not_given_away_while_its_attempt_writes(running):
    with while_locked(lambda: reaper.hand_back(Job.objects.get())) as outcome:
        assert owns(running.pk, running.attempt)
    assert outcome == [True]
