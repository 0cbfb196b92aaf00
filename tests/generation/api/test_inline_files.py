"""Files inside a job's JSON."""

import base64

import pytest
from django.utils import timezone

pytestmark = pytest.mark.django_db


def files_of(client, job):
    answer = client.api("GET", f"/jobs/{job.pk}?images=base64").json()
    return [image.get("base64") for image in answer["images"]]


def test_the_files_come_where_they_are_asked_for(owner_client, job):
    shown = owner_client.api("GET", f"/jobs/{job.pk}").json()["images"]
    assert all("base64" not in image for image in shown)
    whole = [owner_client.api("GET", f"/images/{image['id']}/file").content for image in shown]
    assert [base64.b64decode(text) for text in files_of(owner_client, job)] == whole


def test_another_encoding_is_refused(owner_client, job):
    answer = owner_client.api("GET", f"/jobs/{job.pk}?images=hex")
    assert answer.status_code == 422
    assert "base64" in answer.json()["error"]["fields"]["images"]


def test_what_is_beyond_the_bound_is_left_to_its_address(owner_client, job, monkeypatch):
    first = owner_client.api("GET", f"/jobs/{job.pk}?images=base64").json()["images"][0]
    monkeypatch.setattr("generation.api.inline_files.MOST_BYTES", len(base64.b64decode(first["base64"])))
    assert [bool(text) for text in files_of(owner_client, job)] == [True, False]


def test_what_is_held_back_is_not_given_away(owner_client, alice, job):
    image = alice.images.get(index=0)
    image.quarantined_at = timezone.now()
    image.save()
    assert [bool(text) for text in files_of(owner_client, job)] == [False, True]


def test_a_file_that_is_gone_is_left_out(owner_client, alice, job):
    from django.core.files.storage import default_storage

    default_storage.delete(alice.images.get(index=1).file)
    assert [bool(text) for text in files_of(owner_client, job)] == [True, False]
