"""Verifying an image over the API: for its owner alone."""

import pytest
from django.test import Client

from gallery.models import Image
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


def test_the_answer_and_the_page_name_what_differs(generate_images, run_waiting_jobs, alice):
    """The image is said to be another seed's, of half precision, decoded in tiles."""
    [image] = generate_images(seed=5)
    decoding = {**image.receipt["decoding"], "tile": 512}
    Image.objects.update(seed=6, receipt={**image.receipt, "precision": "half", "decoding": decoding})
    owner, path = knocking_as(alice), f"/images/{image.pk}/verify"
    owner.api("POST", path)
    run_waiting_jobs()
    found = owner.api("GET", path).json()
    assert found["identical"] is False
    assert found["differences"] == {"precision": ["half", "full"], "decoding.tile": [512, 0]}
    assert found["explanation"].endswith("this worker used full precision, decoding in one piece.")
    browser = Client()
    browser.force_login(alice)
    page = " ".join(browser.get(f"/images/{image.pk}/").content.decode().split())
    assert "<dt>Precision</dt><dd>half, resident</dd>" in page
    assert "float32, tiles of 512 px</dd>" in page
