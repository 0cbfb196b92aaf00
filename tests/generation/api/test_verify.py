"""Verifying an image over the API: for its owner alone."""

import pytest

from generation.errors import JobRefused
from generation.jobs.submission.retry import retry_job
from generation.models import Job
from sdsite.accounts.credentials import Credentials
from tests.support.clients.api_client import error_of, knocking_as

pytestmark = pytest.mark.django_db(transaction=True)


def test_its_owner_asks_by_the_api_and_strangers_find_nothing(generate_images, run_waiting_jobs, alice, charlie):
    [image] = generate_images(seed=5)
    path = f"/images/{image.pk}/verify"
    owner = knocking_as(alice)
    error_of(owner.api("GET", path), 404, "not_found")
    answer = owner.api("POST", path)
    assert answer.status_code == 202, answer.content
    assert answer["Location"].endswith(path)
    assert (answer.json()["status"], answer.json()["identical"]) == ("queued", None)
    run_waiting_jobs()
    found = owner.api("GET", path).json()
    assert (found["status"], found["identical"], found["error"]) == ("succeeded", True, None)
    for method in ("GET", "POST"):
        error_of(knocking_as(charlie).api(method, path), 404, "not_found")
    [job] = Job.objects.filter(source="verify")
    with pytest.raises(JobRefused, match="once more"):
        retry_job(job=job, credentials=Credentials(alice))
