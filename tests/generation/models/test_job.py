"""One job per owner and idempotency key."""

import pytest
from django.db import IntegrityError

from generation.models import Job
from tests.support.factories import make_job


@pytest.fixture
def job(alice, checkpoint):
    return make_job(alice, checkpoint)


def test_one_job_per_idempotency_key(job, alice):
    Job.objects.filter(pk=job.pk).update(idempotency_key="k")
    with pytest.raises(IntegrityError):
        Job.objects.create(owner=alice, source="api", parameters={}, idempotency_key="k")
