"""Actions on many images over the API."""

import uuid

import pytest

from gallery.models import Image
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(alice):
    return [make_image(alice, index=index) for index in range(3)]


def bulk(client, action, value=None, **which):
    return client.api("POST", "/images/bulk", {"action": action, "value": value, **which})


def undo(client, token):
    return client.api("POST", "/images/bulk/undo", {"undo": token})


def test_trash_by_ids_and_undo_in_two_tabs(owner_client, images):
    done = bulk(owner_client, "trash", ids=[str(image.pk) for image in images]).json()
    assert (done["images"], done["action"]) == (3, "trash")
    assert owner_client.api("GET", "/images").json()["items"] == []
    assert undo(owner_client, done["undo"]).json() == {"images": 3, "action": "trash", "undo": None}
    assert undo(owner_client, done["undo"]).json() == {"images": 0, "action": "trash", "undo": None}
    assert len(owner_client.api("GET", "/images").json()["items"]) == 3


def test_by_a_search_with_every_field_of_the_filter(owner_client, images):
    assert bulk(owner_client, "rate", 4, search={"seed": images[1].seed}).json()["images"] == 1
    assert bulk(owner_client, "tag", ["sea"], search={}).json()["images"] == 3
    assert bulk(owner_client, "untag", ["sea"], search={"tag": ["sea"], "q": "heart"}).json()["images"] == 3


WRONG = {
    "neither": {"action": "trash"},
    "both": {"action": "trash", "ids": [str(uuid.uuid4())], "search": {}},
    "a misspelt condition": {"action": "trash", "search": {"tags": ["sea"]}},
    "too many": {"action": "trash", "ids": [str(uuid.uuid4())] * 1001},
    "no such action": {"action": "explode", "search": {}},
    "no stars": {"action": "rate", "search": {}},
    "an unknown field": {"action": "trash", "search": {}, "all": True},
}


@pytest.mark.parametrize("what", WRONG)
def test_a_request_that_is_not_clear_changes_nothing(owner_client, images, what):
    error_of(owner_client.api("POST", "/images/bulk", WRONG[what]), 422, "invalid_parameters")
    assert Image.objects.kept().filter(rating=0).count() == 3


def test_a_stranger_changes_and_undoes_nothing(owner_client, charlie_client, images):
    assert bulk(charlie_client, "trash", ids=[str(images[0].pk)]).json() == {
        "images": 0,
        "action": "trash",
        "undo": None,
    }
    done = bulk(owner_client, "trash", search={}).json()
    said = charlie_client.api("POST", "/images/bulk/undo", {"undo": done["undo"]})
    error_of(said, 404, "undo_expired")
    assert Image.objects.trashed().count() == 3


def test_a_key_that_only_reads_changes_nothing(alice, images):
    error_of(bulk(knocking_as(alice, "read"), "trash", search={}), 403, "forbidden_scope")


def test_a_zip_is_sent_to_its_owner_alone_and_one_at_a_time(valkey, owner_client, charlie_client, images):
    ids = [str(image.pk) for image in images]
    first = owner_client.api("POST", "/images/zip", {"ids": ids})
    assert (first.status_code, first["Content-Type"]) == (200, "application/zip")
    second = owner_client.api("POST", "/images/zip", {"search": {}})
    error_of(second, 429, "rate_limited")
    assert int(second["Retry-After"]) > 0
    assert "downloading a zip file already" in second.json()["error"]["message"]
    error_of(charlie_client.api("POST", "/images/zip", {"ids": ids}), 404, "not_found")
    error_of(charlie_client.api("POST", "/images/zip", {"search": {}}), 404, "not_found")
