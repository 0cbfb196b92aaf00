"""Filters of images: what fits, and what is counted."""

from datetime import datetime

import pytest
from pydantic import ValidationError

from gallery.actions.collections import add_images, create_collection
from gallery.actions.tags import change_tags
from gallery.models import Image
from gallery.search import filters
from gallery.search.facets import count_facets
from gallery.search.filters import ImageFilter, filter_images
from tests.gallery.conftest import found
from tests.support.factories import make_image
from tests.support.library import make_library

pytestmark = pytest.mark.django_db


QUERIES = {
    "red": ["fox, red fur", "ship on a red sea"],
    "RED sea": ["ship on a red sea"],
    "li": ["lighthouse over the old Café by the sea"],
    "light": ["lighthouse over the old Café by the sea"],
    "li sea": [],
    '"light"': [],
    "cafe": ["lighthouse over the old Café by the sea"],
    '"red sea"': ["ship on a red sea"],
    '"sea red"': [],
    '"ed se"': [],
    "fox -red": ["large fox"],
    '-"red sea" -fox -heart': ["lighthouse over the old Café by the sea"],
    "'; DROP TABLE gallery_image; --": [],
    "%": ["fox, red fur", "heart", "large fox", "lighthouse over the old Café by the sea", "ship on a red sea"],
}


@pytest.mark.parametrize("query", QUERIES)
def test_words_of_the_prompt_are_found(alice, alice_images, query):
    assert found(alice, q=query) == QUERIES[query]


def test_everything_that_is_said_must_fit(alice, alice_images):
    change_tags(
        images=Image.objects.filter(pk__in=[alice_images["fox"].pk, alice_images["ship"].pk]),
        owner=alice,
        add=["Good", "Sea"],
    )
    change_tags(images=Image.objects.filter(pk=alice_images["heart"].pk), owner=alice, add=["good"])
    assert found(alice, tag=["good"]) == ["fox, red fur", "heart", "ship on a red sea"]
    assert found(alice, tag=["GOOD ", "sea"], format="webp") == ["fox, red fur"]
    assert found(alice, checkpoint="sdxl", q="sea", tag=["sea"]) == ["ship on a red sea"]
    assert found(alice, task="upscale") == ["large fox"]
    assert found(alice, sampler="euler_a") == []
    assert found(alice, sampler="ddim", q="heart") == ["heart"]
    assert found(alice, seed=alice_images["heart"].seed) == ["heart"]
    assert found(alice, job=alice_images["ship"].job_id) == ["ship on a red sea"]
    assert found(alice, q="", tag=[""], checkpoint=" ", collection="", since="", format="", seed="", job="") == sorted(
        image.prompt for image in alice_images.values()
    )


def test_a_collection_narrows_and_a_strangers_shows_nothing(alice, charlie, alice_images):
    own, foreign = (create_collection(owner=owner, name="x") for owner in (alice, charlie))
    add_images(collection=own, ids=[alice_images["heart"].pk, alice_images["fox"].pk])
    add_images(collection=foreign, ids=list(Image.objects.values_list("pk", flat=True)))
    assert found(alice, collection=own.pk) == ["fox, red fur", "heart"]
    assert found(alice, collection=foreign.pk) == []
    assert found(charlie, collection=foreign.pk) == ["a red fox of Charlie's"]


def test_days_and_moments(alice, alice_images):
    Image.objects.filter(pk=alice_images["ship"].pk).update(created_at=datetime.fromisoformat("2026-01-31T23:59:59Z"))
    ship = ["ship on a red sea"]
    assert found(alice, until="2026-01-31") == found(alice, until="2026-01-31T23:59:59") == ship
    assert found(alice, until="2026-01-31T23:59:58Z") == []
    assert found(alice, until="2026-02-01T01:59:59+02:00") == ship
    assert found(alice, since="2026-01-31", until="2026-01-31") == ship
    assert found(alice, since="2026-02-01", until="2026-02-28") == []


WRONG = {
    "since": "yesterday",
    "until": "2026-02-31",
    "format": "gif",
    "seed": "-1",
    "collection": "mine",
    "q": "x" * 501,
    "tag": ["a,b"],
}


@pytest.mark.parametrize("field", WRONG)
def test_invalid_filters_are_refused_by_field(field):
    with pytest.raises(ValidationError) as refused:
        ImageFilter(**{field: WRONG[field]})
    assert {problem["loc"][0] for problem in refused.value.errors()} == {field}


def test_the_ends_of_the_ranges_are_inside():
    longest = "x" * filters.LONGEST_QUERY
    tags = [f"tag{number}" for number in range(filters.MOST_TAGS)]
    wanted = ImageFilter(q=longest, seed=filters.SEEDS - 1, tag=tags, since="1900-01-01", until="9000-12-31")
    assert (wanted.q, wanted.seed, wanted.tag) == (longest, 2**63 - 1, tags)
    assert ImageFilter(seed=0).seed == 0
    assert ImageFilter(tag=[*tags, ""]).tag == tags
    assert (wanted.start.year, wanted.end.year) == (1900, 9001)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seed", filters.SEEDS),
        ("tag", [f"tag{number}" for number in range(filters.MOST_TAGS + 1)]),
        ("q", "nul \x00"),
        ("task", "x" * 500),
        ("checkpoint", "x" * 500),
    ],
)
def test_one_beyond_a_range_is_refused(field, value):
    with pytest.raises(ValidationError) as refused:
        ImageFilter(**{field: value})
    assert {problem["loc"][0] for problem in refused.value.errors()} == {field}


def test_until_must_not_be_before_since_and_may_be_the_same():
    assert ImageFilter(since="2026-01-31", until="2026-01-31").until == "2026-01-31"
    moment = "2026-01-31T12:00:00Z"
    assert ImageFilter(since=moment, until=moment).end > ImageFilter(since=moment).start
    with pytest.raises(ValidationError, match="until must not be before since"):
        ImageFilter(since=moment, until="2026-01-31T11:59:59Z")


@pytest.mark.parametrize(
    "value", ["0001-01-01T00:00:00+14:00", "1899-12-31", "9001-01-01", "9999-12-31", "noon", "9" * 400]
)
def test_moments_beyond_all_calendars_are_refused(value):
    with pytest.raises(ValidationError, match="1900 to 9000"):
        ImageFilter(until=value)


def test_a_search_and_its_facets_cost_the_same_for_many(alice, alice_images, django_assert_num_queries):
    wanted = ImageFilter(q='fox "red fur" -sea', checkpoint="starter", since="2020-01-01")
    make_image(alice, index=9, prompt="fox, red fur")
    for _ in range(2):
        with django_assert_num_queries(4):  # which of three words is the rarest, and the images
            list(filter_images(Image.objects.owned_by(alice), wanted, alice))
        with django_assert_num_queries(8):  # rows of three words, then columns, tags, LoRAs, collections in two
            count_facets(Image.objects.owned_by(alice), wanted, alice)
        for index in range(4):
            make_image(alice, index=index, prompt="fox, red fur")


def test_jpg_is_another_name_of_jpeg(alice):
    make_image(alice, prompt="one", output_format="jpeg")
    make_image(alice, prompt="other", output_format="png")
    assert found(alice, format="jpg") == found(alice, format="jpeg") == ["one"]


MATCHES = {
    "size": ("512x768", lambda row: (row.width, row.height) == (512, 768)),
    "aspect": ("portrait", lambda row: row.width < row.height),
    "favourite": ("true", lambda row: row.is_favourite),
    "rating": (3, lambda row: row.rating == 3),
    "min_rating": (3, lambda row: row.rating >= 3),
    "visibility": ("members", lambda row: row.visibility == "members"),
    "date": ("2026-03-28", lambda row: row.created_at.day == 28),
    "lora": ("ink", lambda row: "ink" in [lora["name"] for lora in row.parameters["loras"]]),
    "format": ("webp", lambda row: row.format == "webp"),
    "sampler": ("ddim", lambda row: row.sampler == "ddim"),
}


@pytest.mark.parametrize("name", MATCHES)
def test_a_condition_finds_what_looking_at_each_image_finds(alice, charlie, name):
    value, matches = MATCHES[name]
    rows = make_library(alice, 60)
    make_library(charlie, 10, seed=3)
    matching = filter_images(Image.objects.owned_by(alice), ImageFilter(**{name: value}), alice)
    assert set(matching.values_list("pk", flat=True)) == {row.pk for row in rows if matches(row)}


def test_sizes_are_read_as_people_write_them():
    assert ImageFilter(size=" 512 × 768").size == "512x768"
    for wrong in ("512", "0x5", "99999999999x1", "4294967296x1", "x"):
        with pytest.raises(ValidationError, match="size must be width x height"):
            ImageFilter(size=wrong)


def test_a_zone_alone_is_no_condition():
    assert ImageFilter(tz="Europe/Berlin").is_empty
    assert not ImageFilter(favourite=False).is_empty
