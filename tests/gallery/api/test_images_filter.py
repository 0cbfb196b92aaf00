"""The filter of GET /api/v1/images: what it refuses, and that it goes with pages. What fits: tests/gallery/search."""

from datetime import timedelta

import pytest

from tests.support.clients.api_client import error_of
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


WRONG = {
    "q": "x" * 501,
    "tag": "a,b",
    "collection": "mine",
    "job": "mine",
    "format": "gif",
    "since": "yesterday",
    "until": "2026-02-31",
    "seed": "minus%20one",
    "checkpoint": "x" * 101,
    "sampler": "x" * 61,
    "order": "random",
    "limit": "0",
    "cursor": "nonsense",
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_value_is_refused_by_its_name(owner_client, field):
    said = error_of(owner_client.api("GET", f"/images?{field}={WRONG[field]}"), 422, "invalid_parameters")
    assert list(said) == [field]
    assert field in said[field] or field == "tag"


def test_an_end_before_the_start_is_refused(owner_client):
    said = error_of(owner_client.api("GET", "/images?since=2026-02-01&until=2026-01-01"), 422, "invalid_parameters")
    assert said == {"until": "until must not be before since; got 2026-01-01 and 2026-02-01"}


def test_empty_fields_of_a_form_are_no_conditions(owner_client, alice):
    make_image(alice)
    query = "q=&tag=&collection=&checkpoint=&sampler=&task=&format=&since=&until=&seed=&job="
    assert len(owner_client.api("GET", f"/images?{query}").json()["items"]) == 1


def test_pages_of_a_search_follow_each_other(owner_client, alice, django_assert_num_queries):
    wanted = {str(make_image(alice, index=index, prompt="a fox", checkpoint="sdxl").pk) for index in range(5)}
    make_image(alice, prompt="a ship")
    seen, cursor = [], ""
    owner_client.api("GET", "/me")  # the key's last use is written once a minute
    while cursor is not None:
        with django_assert_num_queries(4):  # key, a sample of the newest, images, their tags
            page = owner_client.api("GET", f"/images?q=fo&checkpoint=sdxl&limit=2&cursor={cursor}").json()
        seen += [image["id"] for image in page["items"]]
        cursor = page["next"]
    assert len(seen) == 5
    assert set(seen) == wanted


def test_pages_go_from_the_oldest_where_that_is_asked(owner_client, alice):
    made = [str(make_image(alice, index=index, age=timedelta(minutes=index // 2)).pk) for index in range(5)]

    def walk(order):
        seen, cursor = [], ""
        while cursor is not None:
            page = owner_client.api("GET", f"/images?limit=2&order={order}&cursor={cursor}").json()
            seen += [image["id"] for image in page["items"]]
            cursor = page["next"]
        return seen

    assert walk("oldest") == walk("newest")[::-1]
    assert set(walk("oldest")) == set(made)
