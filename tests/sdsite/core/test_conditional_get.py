"""Conditional requests: rows, lists, files and contact sheets."""

import pytest

from tests.support.factories import make_image, make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(alice, checkpoint):
    return make_image(alice, job_id=make_job(alice, checkpoint).pk)


READ = (
    *("/jobs/{job}", "/jobs", "/jobs/{job}/sheet", "/jobs/{job}/sheet?cell=64&output_format=webp"),
    *("/images/{image}", "/images", "/images/{image}/file", "/images/{image}/thumbnail"),
    *("/checkpoints", "/checkpoints/starter", "/samplers", "/styles", "/me"),
)


@pytest.mark.parametrize("path", READ)
def test_a_client_with_the_current_tag_gets_304_without_a_body(owner_client, image, path):
    path = path.format(job=image.job_id, image=image.pk)
    first = owner_client.api("GET", path)
    assert first.status_code == 200
    tag = first["ETag"]
    assert owner_client.api("HEAD", path)["ETag"] == tag
    for said in (tag, f'"other", W/{tag}', "*"):
        again = owner_client.api("GET", path, headers={"If-None-Match": said})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag), said
        assert "private" in again["Cache-Control"]
    assert owner_client.api("GET", path, headers={"If-None-Match": '"other"'}).content == first.content


def test_another_state_has_another_tag(owner_client, image):
    paths = (f"/jobs/{image.job_id}", f"/jobs/{image.job_id}/sheet", "/jobs", "/images")
    before = {path: owner_client.api("GET", path)["ETag"] for path in paths}
    make_image(image.owner, job_id=image.job_id, index=1)
    for path, tag in before.items():
        answer = owner_client.api("GET", path, headers={"If-None-Match": tag})
        assert answer.status_code == 200, path
        assert answer["ETag"] != tag


def test_a_tag_gives_no_access_to_another_user(owner_client, charlie_client, image):
    path = f"/images/{image.pk}/file"
    tag = owner_client.api("GET", path)["ETag"]
    assert charlie_client.api("GET", path, headers={"If-None-Match": tag}).status_code == 404
    assert charlie_client.api("GET", "/images", headers={"If-None-Match": tag}).json()["items"] == []


def test_unsafe_requests_have_no_tag(owner_client, image):
    answer = owner_client.api("POST", f"/jobs/{image.job_id}/cancel", headers={"If-None-Match": "*"})
    assert answer.status_code == 200
    assert "ETag" not in answer


@pytest.mark.parametrize("path", ["/me", "/images/{image}/file"])
def test_a_precondition_that_fails_is_answered_412(owner_client, image, path):
    path = path.format(image=image.pk)
    tag = owner_client.api("GET", path)["ETag"]
    assert owner_client.api("GET", path, headers={"If-Match": tag}).status_code == 200
    assert owner_client.api("GET", path, headers={"If-Match": '"other"'}).status_code == 412
