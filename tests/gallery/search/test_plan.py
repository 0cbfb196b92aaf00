"""Both plans of a search, newest first and by the rarest rows, against each other."""

import pytest

from gallery.models import Image
from gallery.search import plan
from gallery.search.filters import ImageFilter, filter_images, filter_newest
from tests.support.library import make_library

pytestmark = pytest.mark.django_db

SEARCHES = [
    {"q": "fox"},
    {"q": '"fox"'},
    {"q": 'red "sea"'},
    {"q": '"old ship" -fox'},
    {"q": '-"red sea" red'},
    {"lora": "ink", "q": "fox"},
]


@pytest.mark.parametrize("said", SEARCHES)
def test_the_newest_of_a_search_are_the_same_by_either_plan(alice, charlie, said, monkeypatch):
    make_library(alice, 60)
    make_library(charlie, 20, seed=5)
    own, wanted = Image.objects.owned_by(alice).kept(), ImageFilter(**said)
    monkeypatch.setattr(plan, "SAMPLE", 50)
    found = {}
    for walked in (0, 10**9):  # images that may be read: none, or as many as there are
        monkeypatch.setattr(plan, "MOST_WALKED", walked)
        matching = filter_images(own, wanted, alice, newest=5)
        is_led = '"id" IN (SELECT' in str(matching.query).split("EXISTS", maxsplit=1)[0]
        assert is_led or walked
        assert not (is_led and walked and said == {"q": "fox"})
        found[walked] = list(matching.order_by("-created_at", "-pk").values_list("pk", flat=True))
    complete = filter_images(own, wanted, alice).order_by("-created_at", "-pk")
    assert found[0] == found[10**9] == list(complete.values_list("pk", flat=True)) != []


def test_the_rarest_rows_are_read(alice):
    make_library(alice, 60, trashed=0)
    rare, frequent = sorted(["fox", "ship"], key=lambda word: Image.objects.filter(words__word=word).count())
    for q in (f'{rare} "{frequent}"', f'{frequent} "{rare}"'):
        query = str(filter_images(Image.objects.owned_by(alice), ImageFilter(q=q), alice).query)
        assert f'"word" = {rare}' in query.split("EXISTS", maxsplit=1)[0]


def test_the_newest_are_read_only_where_few_have_to_be(alice, monkeypatch):
    make_library(alice, 60, trashed=0)
    own = Image.objects.owned_by(alice)
    sample = list(own.order_by("-created_at", "-pk").values_list("pk", flat=True)[:50])
    matches = filter_images(own, ImageFilter(q="fox"), alice).filter(pk__in=sample).count()
    monkeypatch.setattr(plan, "SAMPLE", 50)
    # One image in `50 / matches` is found, so that `matches` of them are among 50.
    for walked, fewest, is_led in ((50, matches, False), (49, matches, True), (50, matches + 1, True)):
        monkeypatch.setattr(plan, "MOST_WALKED", walked)
        monkeypatch.setattr(plan, "FEWEST_FOUND", fewest)
        matching = filter_images(own, ImageFilter(q="fox"), alice, newest=matches)
        assert is_led == ('"id" IN (SELECT' in str(matching.query).split("EXISTS", maxsplit=1)[0])


def test_the_moment_since_which_there_are_so_many_is_found(alice):
    make_library(alice, 10, trashed=0)
    moments = sorted(Image.objects.values_list("created_at", flat=True), reverse=True)
    assert plan.since_newest(Image.objects.all(), 4) == moments[3]
    assert plan.since_newest(Image.objects.all(), 10) == moments[9]
    assert plan.since_newest(Image.objects.all(), 11) is None


@pytest.mark.parametrize("said", SEARCHES)
@pytest.mark.parametrize("most", [1, 20, 10**6])
def test_frequent_words_are_looked_for_among_so_many_of_the_newest(alice, said, most):
    make_library(alice, 60)
    own, wanted = Image.objects.owned_by(alice).kept(), ImageFilter(**said)
    found, is_whole = filter_newest(own, wanted, alice, most)
    asked = own if is_whole else own.order_by("-created_at", "-pk")[:most]
    moments = list(asked.values_list("created_at", flat=True))  # of equal moments all are asked
    expected = filter_images(own, wanted, alice).filter(created_at__gte=min(moments))
    assert set(found) == set(expected)
    assert is_whole == (most == 10**6) or most == 20  # some words are in fewer images
