"""The same key and the same request are one job, for a day."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_job

pytestmark = pytest.mark.django_db


REQUEST = {"prompt": "a red heart", "seed": 42}


def submit(client, requested=None, header=None, **body):
    headers = {} if header is None else {"Idempotency-Key": header}
    return client.api("POST", "/jobs", {**(requested or REQUEST), **body}, headers=headers)


def jobs():
    from generation.models import Job

    return Job.objects.all()


@pytest.mark.parametrize("other", [{"seed": 43}, {"count": 2}, {"steps": 20}, {"preview": {"every": 1}}])
def test_another_body_is_a_conflict(owner_client, checkpoint, other):
    submit(owner_client, header="once")
    error_of(submit(owner_client, header="once", **other), 409, "idempotency_conflict")
    assert jobs().count() == 1


def test_the_same_wish_said_otherwise_is_the_same(owner_client, checkpoint):
    ways = [{"prompt": "x"}, {"prompt": "x", "seed": -1, "count": 1}, {"seed": None, "prompt": "x"}]
    assert len({submit(owner_client, requested, header="once").json()["id"] for requested in ways}) == 1


def test_a_repetition_is_answered_whatever_became_of_the_site(owner_client, checkpoint):
    """The client of a lost answer must learn of its job, though nothing new would be taken any more."""
    from generation.models import Checkpoint, QueueState, RoleLimits

    first = submit(owner_client, header="once").json()["id"]
    Checkpoint.objects.update(steps=30)
    RoleLimits.objects.create(most_queued=0)
    assert submit(owner_client, header="once").json()["id"] == first
    Checkpoint.objects.update(enabled=False)
    QueueState.objects.create(pk=1, closed=True)
    assert submit(owner_client, header="once").json()["id"] == first


def test_after_a_day_the_key_is_free_again(owner_client, checkpoint):
    first = submit(owner_client, header="once").json()["id"]
    jobs().update(created_at=timezone.now() - timedelta(hours=23, minutes=59))
    assert submit(owner_client, header="once").json()["id"] == first
    jobs().update(created_at=timezone.now() - timedelta(hours=24))
    second = submit(owner_client, {"prompt": "else"}, header="once").json()["id"]
    assert second != first
    assert jobs().get(pk=first).idempotency_key is None
    assert submit(owner_client, {"prompt": "else"}, header="once").json()["id"] == second


class TestAtOnce:
    """Requests of one person that arrive at the same moment, each with a connection of its own."""

    REQUESTS = 6

    def all_at_once(self, client, ask):
        """Return the answers of `ask(client, n)` from as many threads."""
        barrier = threading.Barrier(self.REQUESTS)

        def one(number):
            barrier.wait(10)
            try:
                return ask(client, number)
            finally:
                connection.close()

        with ThreadPoolExecutor(self.REQUESTS) as threads:
            return list(threads.map(one, range(self.REQUESTS)))

    @pytest.mark.django_db(transaction=True)
    def test_one_key_makes_one_job(self, alice, checkpoint, valkey):
        answers = self.all_at_once(knocking_as(alice), lambda client, _: submit(client, header="once"))
        assert {answer.status_code for answer in answers} == {202}
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert jobs().count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_no_two_slip_into_the_last_place(self, alice, checkpoint, valkey):
        from generation.models import RoleLimits

        RoleLimits.objects.create(most_queued=2)
        make_job(alice, checkpoint)
        answers = self.all_at_once(knocking_as(alice), lambda client, _: submit(client))
        assert sorted(answer.status_code for answer in answers) == [202] + [429] * (self.REQUESTS - 1)
        assert jobs().count() == 2
