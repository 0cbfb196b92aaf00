"""One request at a time submits for a user, so that limits and idempotency keys hold for requests at once."""

import pytest

from generation.errors import JobRefused
from generation.jobs.submission.submit import lock_owner, submit_job
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import User
from tests.support.at_once import while_locked
from tests.support.factories import make_job
from tests.support.limits import limit

pytestmark = pytest.mark.django_db(transaction=True)


def submit(owner, **more):
    requested = GenerationParameters(prompt="a red heart", checkpoint="starter", seed=7)
    return submit_job(credentials=Credentials(owner), parameters=requested, source="api", **more)


def test_of_two_requests_at_once_for_the_last_place_one_is_refused(alice, checkpoint, no_worker):
    limit(most_queued=1)
    with while_locked(lambda: submit(alice)) as outcome:
        lock_owner(alice.pk)
        make_job(alice, checkpoint)
    assert isinstance(outcome[0], JobRefused)
    assert outcome[0].code == "queue_full"
    assert Job.objects.count() == 1


def test_two_requests_at_once_with_one_key_are_one_job(alice, checkpoint, no_worker):
    with while_locked(lambda: submit(alice, idempotency_key="k")) as outcome:
        job = submit(alice, idempotency_key="k")
    assert outcome == [job]
    assert Job.objects.count() == 1


def test_a_request_that_waits_for_a_suspension_is_refused(alice, checkpoint, no_worker):
    with while_locked(lambda: submit(alice)) as outcome:
        User.objects.filter(pk=alice.pk).update(is_active=False)
    assert outcome[0].code == "unauthorized"
    assert not Job.objects.exists()
