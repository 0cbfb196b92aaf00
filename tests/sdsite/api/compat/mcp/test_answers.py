"""What answers hold of images: facts with addresses, and pixels within a bound."""

import base64

import pytest

from sdsite.api.compat.mcp import answers
from tests.sdsite.api.compat.mcp.conftest import call, refused
from tests.support.factories import end_job, make_image, make_job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]


@pytest.fixture
def job(alice, checkpoint, valkey):
    job = make_job(alice, checkpoint, count=3)
    for index in range(3):
        make_image(alice, job_id=job.pk, index=index)
    end_job(job)
    return job


def test_an_image_has_addresses_that_open_with_the_key(client, alice):
    image = make_image(alice)
    shown, [thumbnail] = call(client, "get_image", image_id=str(image.pk))
    assert client.get(shown["url"]).content[:4] == b"\x89PNG"
    assert shown["uri"] == answers.image_uri(image.pk)
    assert base64.b64decode(thumbnail["data"])[8:12] == b"WEBP"
    facts, none = call(client, "get_image", image_id=str(image.pk), show="none")
    assert (facts, none) == (shown, [])


def test_files_that_do_not_fit_are_small_copies(client, job, monkeypatch):
    assert [one["mimeType"] for one in call(client, "wait", job_id=str(job.pk), show="full")[1]] == ["image/png"] * 3
    monkeypatch.setattr(answers, "MOST_EVENT_BYTES", 1000)
    answer, images = call(client, "wait", job_id=str(job.pk), show="full")
    assert {one["mimeType"] for one in images} == {"image/webp"}
    assert "get_image" in answer["notes"][-1]


def test_as_many_are_shown_as_fit(client, job, monkeypatch):
    size = len(call(client, "wait", job_id=str(job.pk))[1][0]["data"])
    monkeypatch.setattr(answers, "MOST_EVENT_BYTES", size * 2 * 3 / 4 + 1)
    answer, images = call(client, "wait", job_id=str(job.pk))
    assert (len(answer["images"]), len(images)) == (3, 2)
    assert "first 2" in answer["notes"][-1]


def test_a_file_too_large_is_left_to_its_address(client, alice, monkeypatch):
    image = make_image(alice)
    monkeypatch.setattr(answers, "MOST_FILE_BYTES", 10)
    assert refused(client, "get_image", image_id=str(image.pk), show="full")["code"] == "answer_too_large"


def test_others_see_what_the_owner_lets_them(client, bob, valkey):
    image = make_image(bob, visibility="public")
    type(image).objects.update(visibility="public", published_at=image.created_at, strips_metadata=True, rating=5)
    shown, _ = call(client, "get_image", image_id=str(image.pk))
    assert (shown["prompt"], shown["seed"], shown["rating"]) == ("", 0, 0)


def test_a_trashed_image_says_so(client, alice, valkey):
    image = make_image(alice)
    type(image).objects.update(trashed_at=image.created_at)
    assert call(client, "get_image", image_id=str(image.pk))[0]["trashed"]
    assert call(client, "search_my_images")[0]["images"] == []
