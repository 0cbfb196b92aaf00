"""Pages of similar images, the nearest first, in both directions."""

import uuid

import pytest

from gallery.imaging.perceptual_hash import distance
from gallery.models import Image
from gallery.search.nearest import cut_nearest
from gallery.search.similar import Look
from tests.gallery.search.test_similar import CODE, hashed
from tests.support.clients.api_client import error_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ranked(alice):
    """Ids of 40 images, the first of which has the hash CODE, in the order that is expected."""
    rows = hashed(alice, 40, most=11)
    first = max(rows, key=lambda row: (distance(CODE, row.perceptual_hash) == 0, row.created_at, row.pk))
    code = first.perceptual_hash
    near = [row for row in rows if distance(code, row.perceptual_hash) <= 11]
    near.sort(key=lambda row: (distance(code, row.perceptual_hash), -row.created_at.timestamp(), -row.pk.int))
    return [str(row.pk) for row in near]


def ids(answer):
    return [item["id"] for item in answer["items"]]


def test_pages_lead_on_and_back_at_every_size(owner_client, ranked):
    query = f"/images/tiles?similar={ranked[0]}"
    assert ids(owner_client.api("GET", query).json()) == ranked
    for limit in (15, 39, 40):
        found, cursor, last = [], "", {}
        while cursor is not None:
            last = owner_client.api("GET", f"{query}&limit={limit}{cursor and '&cursor='}{cursor}").json()
            found += ids(last)
            cursor = last["next"]
        assert found == ranked
        back = ids(last)
        while last["previous"]:
            last = owner_client.api("GET", f"{query}&limit={limit}&cursor={last['previous']}").json()
            back = ids(last) + back
        assert back == ranked


def test_a_viewer_begins_at_an_image_and_a_grid_skips(owner_client, ranked):
    query = f"/images/tiles?similar={ranked[0]}&limit=3"
    page = owner_client.api("GET", f"{query}&start={ranked[5]}").json()
    assert ids(page) == ranked[5:8]
    assert ids(owner_client.api("GET", f"{query}&cursor={page['previous']}").json()) == ranked[2:5]
    assert ids(owner_client.api("GET", f"{query}&skip=5").json()) == ranked[5:8]
    assert ids(owner_client.api("GET", f"{query}&skip=1000").json()) == []


def test_a_page_from_an_image_that_went_meanwhile_is_empty(ranked):
    part = cut_nearest(Image.objects.all(), Look(CODE), 3, start=uuid.UUID(int=0))
    assert (part.ids, part.next) == ([], None)


def test_the_list_of_the_api_has_the_same_order(owner_client, ranked):
    query = f"/images?similar={ranked[0]}&limit=15"
    first = owner_client.api("GET", query).json()
    second = owner_client.api("GET", f"{query}&cursor={first['next']}").json()
    assert ids(first) + ids(second) == ranked[:30]
    newest = owner_client.api("GET", f"{query}&order=newest&limit=100").json()
    moments = [item["created_at"][:19] for item in newest["items"]]
    assert moments == sorted(moments, reverse=True)
    assert set(ids(newest)) == set(ranked)


@pytest.mark.parametrize("said", ["before=2026-01-01", "after=2026-01-01", "cursor=bmVhcmVzdA"])
def test_places_of_other_orders_are_refused(owner_client, ranked, said):
    error_of(owner_client.api("GET", f"/images/tiles?similar={ranked[0]}&{said}"), 422, "invalid_parameters")


def test_a_cursor_of_another_order_and_an_image_that_is_not_found_are_refused(owner_client, ranked, alice):
    newest = owner_client.api("GET", "/images/tiles?limit=1").json()["next"]
    error_of(owner_client.api("GET", f"/images/tiles?similar={ranked[0]}&cursor={newest}"), 422, "invalid_parameters")
    Image.objects.filter(pk=ranked[5]).update(trashed_at="2026-01-01T00:00Z")
    error_of(owner_client.api("GET", f"/images/tiles?similar={ranked[0]}&start={ranked[5]}"), 404, "not_found")
