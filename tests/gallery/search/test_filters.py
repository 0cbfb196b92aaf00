"""Finding images: what fits, what is counted, and how images become known to searching."""

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from pydantic import ValidationError

from gallery.actions.collections import add_images, create_collection
from gallery.actions.delete_images import delete_images
from gallery.actions.tags import change_tags
from gallery.models import CollectionItem, Image, ImageTag, ImageWord
from gallery.search import filters
from gallery.search.filters import ImageFilter, count_facets, filter_images
from gallery.search.index import index_batch
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def found(owner, **said):
    """Return the prompts of what fits, by name."""
    images = filter_images(Image.objects.owned_by(owner), ImageFilter(**said), owner)
    return sorted(images.values_list("prompt", flat=True))


@pytest.fixture
def wall(alice, charlie):
    """Five images of Alice's, by the first word of their prompts, and one of somebody else."""
    prompts = {
        "ship": {"prompt": "ship on a red sea", "checkpoint": "sdxl"},
        "fox": {"prompt": "fox, red fur", "output_format": "webp"},
        "lighthouse": {"prompt": "lighthouse over the old Café by the sea", "checkpoint": "sdxl"},
        "heart": {"prompt": "heart"},
        "large": {"prompt": "large fox", "task": "upscale"},
    }
    images = {
        name: make_image(alice, index=index, age=timedelta(days=index), **said)
        for index, (name, said) in enumerate(prompts.items())
    }
    make_image(charlie, prompt="a red fox of Charlie's")
    return images


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
def test_words_of_the_prompt_are_found(alice, wall, query):
    assert found(alice, q=query) == QUERIES[query]


def test_everything_that_is_said_must_fit(alice, wall):
    change_tags(images=Image.objects.filter(pk__in=[wall["fox"].pk, wall["ship"].pk]), owner=alice, add=["Good", "Sea"])
    change_tags(images=Image.objects.filter(pk=wall["heart"].pk), owner=alice, add=["good"])
    assert found(alice, tag=["good"]) == ["fox, red fur", "heart", "ship on a red sea"]
    assert found(alice, tag=["GOOD ", "sea"], format="webp") == ["fox, red fur"]
    assert found(alice, checkpoint="sdxl", q="sea", tag=["sea"]) == ["ship on a red sea"]
    assert found(alice, task="upscale") == ["large fox"]
    assert found(alice, seed=wall["heart"].seed) == ["heart"]
    assert found(alice, job=wall["ship"].job_id) == ["ship on a red sea"]
    assert found(alice, q="", tag=[""], checkpoint=" ", collection="", since="", format="", seed="", job="") == sorted(
        image.prompt for image in wall.values()
    )


def test_a_collection_narrows_and_a_strangers_shows_nothing(alice, charlie, wall):
    own, foreign = (create_collection(owner=owner, name="x") for owner in (alice, charlie))
    add_images(collection=own, ids=[wall["heart"].pk, wall["fox"].pk])
    add_images(collection=foreign, ids=list(Image.objects.values_list("pk", flat=True)))
    assert found(alice, collection=own.pk) == ["fox, red fur", "heart"]
    assert found(alice, collection=foreign.pk) == []
    assert found(charlie, collection=foreign.pk) == ["a red fox of Charlie's"]


def test_days_and_moments(alice, wall):
    Image.objects.filter(pk=wall["ship"].pk).update(created_at=datetime.fromisoformat("2026-01-31T23:59:59Z"))
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
def test_what_cannot_be_asked_is_refused_by_field(field):
    with pytest.raises(ValidationError) as refused:
        ImageFilter(**{field: WRONG[field]})
    assert {problem["loc"][0] for problem in refused.value.errors()} == {field}


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+14:00", "9999-12-31", "noon", "9" * 400])
def test_moments_beyond_all_calendars_are_refused(value):
    with pytest.raises(ValidationError, match="1900 to 9000"):
        ImageFilter(until=value)


def test_facets_count_what_the_filter_leaves(alice, wall):
    change_tags(images=Image.objects.owned_by(alice), owner=alice, add=["all"])
    change_tags(images=Image.objects.filter(pk=wall["fox"].pk), owner=alice, add=["good"])
    every = count_facets(Image.objects.owned_by(alice), ImageFilter(), alice)
    assert every.checkpoints == [("starter", 3), ("sdxl", 2)]
    assert every.tasks == [("text_to_image", 4), ("upscale", 1)]
    assert every.formats == [("png", 4), ("webp", 1)]
    assert every.tags == [("all", 5), ("good", 1)]
    assert (every.images, every.all_counted) == (5, True)
    foxes = count_facets(Image.objects.owned_by(alice), ImageFilter(q="fox"), alice)
    assert (foxes.checkpoints, foxes.tags, foxes.images) == ([("starter", 2)], [("all", 2), ("good", 1)], 2)


def test_facets_of_very_many_are_those_of_the_newest(alice, wall, monkeypatch):
    monkeypatch.setattr(filters, "MOST_COUNTED", 1)
    newest = count_facets(Image.objects.owned_by(alice), ImageFilter(q="sea"), alice)
    assert (newest.images, newest.all_counted, newest.formats) == (1, False, [("png", 1)])


def test_a_search_and_its_facets_cost_the_same_for_many(alice, wall, django_assert_num_queries):
    wanted = ImageFilter(q='fox "red fur" -sea', tag=["x"], checkpoint="starter", since="2020-01-01")
    for _ in range(2):
        with django_assert_num_queries(1):
            list(filter_images(Image.objects.owned_by(alice), wanted, alice))
        with django_assert_num_queries(2):
            count_facets(Image.objects.owned_by(alice), wanted, alice)
        for index in range(4):
            make_image(alice, index=index, prompt="fox, red fur")


def test_deleting_an_image_takes_words_tags_and_items(alice, wall, django_assert_max_num_queries):
    collection = create_collection(owner=alice, name="x")
    add_images(collection=collection, ids=[image.pk for image in wall.values()])
    change_tags(images=Image.objects.owned_by(alice), owner=alice, add=["good"])
    assert delete_images(images=Image.objects.owned_by(alice), actor=alice) == 5
    assert not CollectionItem.objects.exists()
    assert not ImageTag.objects.exists()
    assert set(ImageWord.objects.values_list("owner__username", flat=True)) == {"charlie"}


def test_deleting_a_person_takes_everything(alice, wall):
    add_images(collection=create_collection(owner=alice, name="x"), ids=[wall["fox"].pk])
    change_tags(images=Image.objects.owned_by(alice), owner=alice, add=["good"])
    alice.delete()
    assert not ImageWord.objects.filter(word="ship").exists()
    assert not CollectionItem.objects.exists()


def test_images_of_an_older_version_become_known(alice, wall, capsys):
    before = list(ImageWord.objects.order_by("image", "word").values_list("image", "word"))
    facts = list(Image.objects.order_by("pk").values_list("checkpoint", "task", "searched_text"))
    ImageWord.objects.all().delete()
    Image.objects.update(searched_text=None, checkpoint=None, task=None)
    assert found(alice, q="fox") == []
    assert index_batch(2) == 2
    call_command("index_images")
    assert "4 images" in capsys.readouterr().out
    assert list(ImageWord.objects.order_by("image", "word").values_list("image", "word")) == before
    assert list(Image.objects.order_by("pk").values_list("checkpoint", "task", "searched_text")) == facts
    assert index_batch() == 0


def test_odd_parameters_do_not_stop_the_indexing(alice):
    image = make_image(alice)
    Image.objects.filter(pk=image.pk).update(
        parameters={"checkpoint": 7, "task": None}, searched_text=None, prompt="", created_at=timezone.now()
    )
    ImageWord.objects.all().delete()
    assert index_batch() == 1
    image.refresh_from_db()
    assert (image.checkpoint, image.task, image.searched_text) == ("", "text_to_image", "")
