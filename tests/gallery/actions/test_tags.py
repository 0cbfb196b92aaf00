"""Tagging: the bound of tags of one image, and a constant number of queries."""

import uuid

import pytest

from tests.support.clients.api_client import error_of
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(alice):
    job_id = uuid.uuid4()
    return [make_image(alice, job_id=job_id, index=index) for index in range(3)]


def tag(client, ids, **change):
    return client.api("POST", "/images/tag", {"ids": [str(getattr(one, "pk", one)) for one in ids], **change})


def tags_of(image):
    return list(image.tags.values_list("name", flat=True))


def test_an_image_has_so_many_tags_or_none_is_changed(owner_client, images):
    many = [f"tag {number:02}" for number in range(50)]
    assert (
        "at most 50"
        in error_of(
            owner_client.api("PUT", f"/images/{images[0].pk}/tags", {"tags": [*many, "more"]}),
            422,
            "invalid_parameters",
        )["tags"]
    )
    assert len(owner_client.api("PUT", f"/images/{images[0].pk}/tags", {"tags": many}).json()["tags"]) == 50
    refused = error_of(tag(owner_client, images, add=["more"]), 422, "invalid_parameters")
    assert "at most 50" in refused["add"]
    assert tags_of(images[1]) == []
    assert tag(owner_client, images, add=["more"], remove=["tag 00"]).status_code == 200
    assert len(tags_of(images[0])) == 50


def test_tagging_costs_the_same_for_many(owner_client, images, django_assert_num_queries):
    owner_client.api("GET", "/me")  # the key's last use is written once a minute
    tag(owner_client, images, add=["draft"])
    for some in (images[:1], images[1:]):
        with django_assert_num_queries(7):  # key, savepoint and its release, images, tags, less, more
            tag(owner_client, some, add=["sea"], remove=["draft"])
