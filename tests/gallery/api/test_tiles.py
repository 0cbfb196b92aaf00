"""Compact rows, timeline, ids and counts over the API."""

import uuid
from datetime import UTC, datetime

import pytest

from gallery.actions.moderation import quarantine
from gallery.models import Image
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_image
from tests.support.library import make_library

pytestmark = pytest.mark.django_db

ADDRESSES = ["/images/tiles", "/images/timeline", "/images/count"]


def test_a_tile_is_what_a_grid_shows(owner_client, alice):
    job = uuid.uuid4()
    first = make_image(alice, job_id=job, size=(640, 320), prompt="x" * 300)
    make_image(alice, job_id=job, index=1)
    Image.objects.filter(pk=first.pk).update(is_favourite=True, rating=4, visibility="public")
    [tile] = owner_client.api("GET", "/images/tiles?aspect=landscape").json()["items"]
    assert tile == {
        "id": str(first.pk),
        "job_id": str(job),
        "index": 0,
        "width": 640,
        "height": 320,
        "format": "png",
        "thumbhash": first.thumbhash,
        "created_at": tile["created_at"],
        "favourite": True,
        "rating": 4,
        "visibility": "public",
        "quarantined": False,
        "prompt": "x" * 120,
        "job_images": 2,
    }
    assert datetime.fromisoformat(tile["created_at"]).replace(microsecond=0) == first.created_at.replace(microsecond=0)


def test_an_image_under_review_shows_none_of_its_pixels(owner_client, moderator, alice):
    image = make_image(alice)
    quarantine(images=Image.objects.filter(pk=image.pk), actor=None)
    [tile] = owner_client.api("GET", "/images/tiles").json()["items"]
    assert (tile["quarantined"], tile["thumbhash"]) == (True, None)


def test_strangers_see_nothing_and_the_trash_stays_out(owner_client, alice, charlie):
    rows = make_library(alice, 12, trashed=0.5)
    stranger = knocking_as(charlie)
    empty = [
        {"items": [], "next": None, "previous": None},
        {"buckets": [], "images": 0, "all_counted": True},
        {"images": 0, "all_counted": True},
    ]
    assert [stranger.api("GET", address).json() for address in ADDRESSES] == empty
    kept = {str(row.pk) for row in rows if row.trashed_at is None}
    assert {tile["id"] for tile in owner_client.api("GET", "/images/tiles").json()["items"]} == kept
    assert [owner_client.api("GET", address).json()["images"] for address in ADDRESSES[1:]] == [len(kept)] * 2
    one = next(iter(kept))
    for path in (f"/images/ids?from={one}&to={one}", f"/images/tiles?start={one}"):
        assert owner_client.api("GET", path).status_code == 200
        assert stranger.api("GET", path).status_code == 404


def test_a_jump_to_a_day_leads_on_in_both_directions(owner_client, alice):
    make_library(alice, 40, trashed=0)
    every = [tile["id"] for tile in owner_client.api("GET", "/images/tiles").json()["items"]]
    bounds = {"before": "2026-03-29", "tz": "Europe/Berlin", "limit": "5"}
    page = owner_client.api("GET", "/images/tiles?" + "&".join(map("=".join, bounds.items()))).json()
    at = every.index(page["items"][0]["id"])
    night = datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert at == sum(image.created_at >= night for image in Image.objects.owned_by(alice))
    newer = owner_client.api("GET", f"/images/tiles?limit=5&cursor={page['previous']}").json()
    older = owner_client.api("GET", f"/images/tiles?limit=5&cursor={page['next']}").json()
    found = [tile["id"] for part in (newer, page, older) for tile in part["items"]]
    assert found == every[at - 5 : at + 10]


def test_days_are_those_of_the_reader(owner_client, alice):
    image = make_image(alice)
    Image.objects.filter(pk=image.pk).update(created_at=datetime(2026, 1, 31, 23, 30, tzinfo=UTC))
    in_berlin = owner_client.api("GET", "/images/timeline?tz=Europe/Berlin&group=month").json()
    assert in_berlin == {"buckets": [{"date": "2026-02-01", "images": 1}], "images": 1, "all_counted": True}
    assert owner_client.api("GET", "/images/timeline").json()["buckets"][0]["date"] == "2026-01-31"
    assert owner_client.api("GET", "/images/count?date=2026-02&tz=Europe/Berlin").json()["images"] == 1
    assert owner_client.api("GET", "/images/count?date=2026-02").json()["images"] == 0
    assert owner_client.api("GET", "/images?since=2026-02-01&tz=Europe/Berlin").json()["items"]


def test_a_range_is_bounded_and_its_ends_must_match_the_search(owner_client, alice, monkeypatch):
    rows = make_library(alice, 30, trashed=0)
    every = [tile["id"] for tile in owner_client.api("GET", "/images/tiles?limit=500").json()["items"]]
    found = owner_client.api("GET", f"/images/ids?from={every[20]}&to={every[4]}").json()["ids"]
    assert found == every[4:21]
    monkeypatch.setattr("gallery.search.tiles.MOST_IDS", 5)
    error = error_of(owner_client.api("GET", f"/images/ids?from={every[0]}&to={every[5]}"), 422, "invalid_parameters")
    assert error == {"to": "the range must have at most 5 images; it has more"}
    assert len(owner_client.api("GET", f"/images/ids?from={every[0]}&to={every[4]}").json()["ids"]) == 5
    other = next(row.pk for row in rows if row.checkpoint == "flux")
    assert owner_client.api("GET", f"/images/ids?checkpoint=sdxl&from={other}&to={other}").status_code == 404


WRONG = {
    "limit": "501",
    "cursor": "nonsense",
    "before": "soon",
    "order": "random",
    "start": "x",
    "tz": "Mars/Olympus",
    "group": "week",
    "size": "512",
    "aspect": "round",
    "rating": "6",
    "min_rating": "-1",
    "favourite": "perhaps",
    "visibility": "secret",
    "date": "2026-02-31",
    "colour": "red",
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_value_is_refused_by_its_name(owner_client, field):
    address = "/images/timeline" if field == "group" else "/images/tiles"
    said = error_of(owner_client.api("GET", f"{address}?{field}={WRONG[field]}"), 422, "invalid_parameters")
    assert list(said) == [field]


def test_one_place_to_begin_and_an_order_that_has_moments(owner_client):
    both = owner_client.api("GET", "/images/tiles?before=2026-01-01&after=2026-01-01")
    assert list(error_of(both, 422, "invalid_parameters")) == ["cursor"]
    rated = owner_client.api("GET", "/images/tiles?before=2026-01-01&order=rating")
    assert list(error_of(rated, 422, "invalid_parameters")) == ["before"]
