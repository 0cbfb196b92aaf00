"""One image with its receipt, and deleting all images of one job."""

import hashlib

import pytest

from gallery.models import Image
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def test_an_image_has_its_receipt_and_the_facts_of_its_file(owner_client, job):
    image = Image.objects.of_job(job.pk).first()
    told = owner_client.api("GET", f"/images/{image.pk}").json()
    file = owner_client.api("GET", f"/images/{image.pk}/file").content
    assert told["receipt"] == image.receipt
    assert (told["size_bytes"], told["sha256"]) == (len(file), hashlib.sha256(file).hexdigest())


def test_the_images_of_a_job_go_together(owner_client, alice, job):
    other = make_image(alice)
    assert owner_client.api("DELETE", f"/jobs/{job.pk}/images").json() == {"deleted": 2}
    assert list(Image.objects.kept()) == [other]
    assert owner_client.api("GET", f"/jobs/{job.pk}").json()["images"] == []
    error_of(owner_client.api("DELETE", f"/jobs/{job.pk}/images"), 404, "not_found")


def test_other_users_cannot_delete_them(charlie_client, bob, job):
    error_of(charlie_client.api("DELETE", f"/jobs/{job.pk}/images"), 404, "not_found")
    error_of(knocking_as(bob).api("DELETE", f"/jobs/{job.pk}/images"), 404, "not_found")
    assert Image.objects.of_job(job.pk).count() == 2
