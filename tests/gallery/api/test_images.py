"""Images over the API: listed, fetched, deleted, each user's own."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from tests.support.clients.api_client import ApiClient, error_of
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def image(alice):
    return make_image(alice)


def test_the_file_is_served_as_it_was_stored(owner_client, image):
    response = owner_client.api("GET", f"/images/{image.pk}/file")
    assert response["Content-Type"] == "image/png"
    assert "private" in response["Cache-Control"]
    assert response.content == default_storage.open(image.file).read()
    assert response.content.startswith(b"\x89PNG")


def test_download_names_the_file(owner_client, image):
    response = owner_client.api("GET", f"/images/{image.pk}/file?download")
    assert response["Content-Disposition"].startswith("attachment")


def test_a_thumbnail_can_be_fetched(owner_client, image):
    response = owner_client.api("GET", f"/images/{image.pk}/thumbnail")
    assert response["Content-Type"].startswith("image/")
    assert response.content == default_storage.open(image.thumbnail).read()


def test_head_answers_like_get(owner_client, image):
    response = owner_client.api("HEAD", f"/images/{image.pk}/file")
    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"


def test_deleting_moves_to_the_trash_and_twice_changes_nothing(owner_client, image):
    for _ in range(2):
        response = owner_client.api("DELETE", f"/images/{image.pk}")
        assert (response.status_code, response.content) == (204, b"")
    assert owner_client.api("GET", f"/images/{image.pk}").json()["trashed_at"]
    assert owner_client.api("GET", f"/images/{image.pk}/file").status_code == 200


def test_deleting_from_the_trash_removes_row_and_files(owner_client, image, django_capture_on_commit_callbacks):
    address = f"/images/{image.pk}?permanently=true"
    with django_capture_on_commit_callbacks(execute=True):
        assert owner_client.api("DELETE", address).status_code == 204
    assert default_storage.exists(image.file), "it was not in the trash before"
    with django_capture_on_commit_callbacks(execute=True):
        assert owner_client.api("DELETE", address).status_code == 204
    assert not default_storage.exists(image.file)
    assert not default_storage.exists(image.thumbnail)
    error_of(owner_client.api("DELETE", address), 404, "not_found")


def test_marks_are_set_one_by_one(owner_client, charlie_client, image):
    marked = owner_client.api("PATCH", f"/images/{image.pk}", {"favourite": True, "rating": 4}).json()
    assert (marked["favourite"], marked["rating"], marked["note"]) == (True, 4, "")
    noted = owner_client.api("PATCH", f"/images/{image.pk}", {"note": "For\r\nthe exhibition  "}).json()
    assert (noted["favourite"], noted["rating"], noted["note"]) == (True, 4, "For\nthe exhibition")
    for wrong in ({"rating": 6}, {"note": "x" * 5001}, {"note": "\x00"}, {"stars": 3}):
        error_of(owner_client.api("PATCH", f"/images/{image.pk}", wrong), 422, "invalid_parameters")
    error_of(charlie_client.api("PATCH", f"/images/{image.pk}", {"rating": 1}), 404, "not_found")


@pytest.mark.parametrize(("method", "part"), [("GET", ""), ("GET", "/file"), ("GET", "/thumbnail"), ("DELETE", "")])
def test_a_strangers_answer_is_that_of_an_image_that_never_was(charlie_client, image, method, part):
    foreign = charlie_client.api(method, f"/images/{image.pk}{part}")
    absent = charlie_client.api(method, f"/images/{NOWHERE}{part}")
    error_of(foreign, 404, "not_found")
    assert foreign.content == absent.content
    image.refresh_from_db()


def test_a_strangers_list_is_empty(charlie_client, image):
    assert charlie_client.api("GET", "/images").json() == {"items": [], "next": None}
    assert charlie_client.api("GET", f"/images?job={image.job_id}").json()["items"] == []


def test_staff_who_manage_images_may_view_but_not_delete_here(bob, image):
    from django.contrib.auth.models import Permission

    bob.user_permissions.add(*Permission.objects.filter(codename__in=["view_image", "delete_image"]))
    client = ApiClient()
    client.force_login(bob)
    assert client.api("GET", f"/images/{image.pk}").status_code == 200
    assert client.api("GET", "/images").json()["items"] == []
    error_of(client.api("DELETE", f"/images/{image.pk}"), 404, "not_found")


def test_the_list_is_newest_first_and_can_be_narrowed_to_a_job(owner_client, alice):
    job_id = uuid.uuid4()
    images = [make_image(alice, job_id=job_id, index=index) for index in range(3)] + [make_image(alice)]
    listed = owner_client.api("GET", "/images").json()["items"]
    assert listed[0]["id"] == str(images[-1].pk)
    assert len(listed) == 4
    of_job = owner_client.api("GET", f"/images?job={job_id}").json()["items"]
    assert {one["id"] for one in of_job} == {str(image.pk) for image in images[:3]}
    assert "job" in error_of(owner_client.api("GET", "/images?job=mine"), 422, "invalid_parameters")


def test_pages_cost_the_same_at_any_length(owner_client, alice, django_assert_num_queries):
    for index in range(5):
        make_image(alice, index=index, age=timedelta(minutes=index))
    seen, cursor = [], ""
    owner_client.api("GET", "/me")  # the key's last use is written once a minute
    while cursor is not None:
        with django_assert_num_queries(3):  # key, images, their tags
            page = owner_client.api("GET", f"/images?limit=2&cursor={cursor}").json()
        seen += [image["id"] for image in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 5


def test_a_missing_file_is_not_found(owner_client, image):
    default_storage.delete(image.file)
    error_of(owner_client.api("GET", f"/images/{image.pk}/file"), 404, "not_found")
