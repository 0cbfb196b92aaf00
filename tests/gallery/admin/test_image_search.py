"""Search of the administration: what it finds, in which order, and how much it reads."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gallery.admin import image_search
from gallery.models import Image
from tests.support.factories import make_image
from tests.support.library import make_library

pytestmark = pytest.mark.django_db
LIST = reverse("admin:gallery_image_changelist")


def found(client, text):
    answer = client.get(LIST, {"q": text})
    assert answer.status_code == 200
    return {row.pk for row in answer.context["cl"].result_list}, [str(one) for one in answer.context["messages"]]


@pytest.fixture
def fish(alice):
    job = uuid.UUID("bbbbbbbb-0000-4000-8000-000000000000")
    image = make_image(alice, job_id=job, prompt="a blue fish, old ship")
    Image.objects.filter(pk=image.pk).update(seed=4_294_967_295)
    return image


@pytest.mark.parametrize("text", ["fish", "blue shi", '"old ship"', "lice", "4294967295", "bbbbbbbb-00", "{pk:.9}"])
def test_each_way_finds_images_in_the_trash_too(as_root, bob, fish, text):
    make_image(bob, prompt="a red heart")
    for _ in ("kept", "trashed"):
        assert found(as_root, text.format(pk=str(fish.pk))) == ({fish.pk}, [])
        Image.objects.filter(pk=fish.pk).update(trashed_at=fish.created_at)


@pytest.mark.parametrize("text", ["blue -fish", '"blue ship"', "zebra", "?", "9" * 30, "bb", "☃", "%", "_"])
def test_what_is_not_there_finds_nothing(as_root, fish, text):
    assert found(as_root, text) == (set(), [])


def test_frequent_words_are_looked_for_among_the_newest_images(as_root, alice, monkeypatch):
    images = [make_image(alice, prompt="a red fish") for _ in range(3)]
    monkeypatch.setattr(image_search, "MOST_SEARCHED", 2)
    rows, told = found(as_root, "red fish")
    assert rows == {images[1].pk, images[2].pk}
    assert told == ["Only the newest are listed; filter by owner or time, or add a word."]
    monkeypatch.setattr(image_search, "MOST_SEARCHED", 4)  # no word is in so many
    assert found(as_root, "red fish") == ({image.pk for image in images}, [])


def test_at_most_so_many_are_found_and_the_newest(as_root, alice, monkeypatch):
    images = [make_image(alice, prompt="a red fish") for _ in range(3)]
    monkeypatch.setattr(image_search, "MOST_FOUND", 2)
    for text in ("red", "alice"):
        rows, told = found(as_root, text)
        assert rows == {images[1].pk, images[2].pk}
        assert len(told) == 1


def test_a_search_costs_as_many_queries_in_a_larger_site(as_root, alice, bob):
    counts = []
    for owner in (alice, bob):
        make_library(owner, 40, seed=owner.pk)
        with CaptureQueriesContext(connection) as captured:
            found(as_root, 'fox "sea"')
        counts.append(len(captured))
        assert not [one for one in captured if "LIKE '%fox" in one["sql"] and "user" not in one["sql"]]
    assert counts[0] == counts[1]
