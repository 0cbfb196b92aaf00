"""A disk that is nearly full refuses new work at every API, and keeps nothing of it."""

import pytest

from gallery.models import Upload
from generation.models import Job
from tests.support.images import encoded

pytestmark = pytest.mark.django_db

REQUESTS = {
    "/api/v1/jobs": {"prompt": "a red heart"},
    "/api/v1/jobs?dry_run=true": {"prompt": "a red heart"},
    "/v1/images/generations": {"prompt": "a red heart"},
    "/sdapi/v1/txt2img": {"prompt": "a red heart"},
}


@pytest.fixture
def full(settings):
    settings.ENV = {**settings.ENV, "SDSITE_FREE_MB": 1e12}


@pytest.mark.usefixtures("full", "checkpoint")
@pytest.mark.parametrize("path", REQUESTS)
def test_jobs_are_refused(owner_client, path):
    answer = owner_client.post(path, REQUESTS[path], content_type="application/json")
    assert answer.status_code == 507, answer.content
    assert "disk_full" in answer.content.decode()
    assert int(answer.headers["Retry-After"]) > 0
    assert not Job.objects.exists()


@pytest.mark.usefixtures("full", "checkpoint")
def test_uploads_are_refused(owner_client):
    answer = owner_client.post("/api/v1/uploads", encoded(), content_type="image/png")
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "disk_full")
    assert answer.headers["Retry-After"]
    assert not Upload.objects.exists()


@pytest.mark.usefixtures("checkpoint")
def test_what_is_there_can_be_read_and_deleted(owner_client, job, full):
    shown = owner_client.get(f"/api/v1/jobs/{job.pk}").json()
    assert shown["status"] == "queued"
    pk = shown["images"][0]["id"]
    assert owner_client.get(f"/api/v1/images/{pk}/file").status_code == 200
    assert owner_client.delete(f"/api/v1/images/{pk}").status_code == 204
