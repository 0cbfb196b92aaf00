"""Whose images a search looks through."""

import pytest

from gallery.models import Image
from gallery.search.filters import ImageFilter, columns_of, filter_images
from gallery.search.scope import searched_images
from sdsite.accounts.credentials import Credentials
from tests.support.factories import make_user
from tests.support.library import START, make_library

pytestmark = pytest.mark.django_db


def publish(rows):
    for visibility in ("members", "public"):
        chosen = [row.pk for row in rows if row.visibility == visibility]
        Image.objects.filter(pk__in=chosen).update(published_at=START)


def found(user, **said):
    wanted = ImageFilter(**said)
    searched = searched_images(Credentials(user), wanted.scope, columns_of(wanted))
    return set(filter_images(searched.images, wanted, searched.owner).values_list("pk", flat=True))


@pytest.fixture
def libraries(alice, charlie):
    rows = {"alice": make_library(alice, 30), "charlie": make_library(charlie, 30, seed=4)}
    publish(rows["alice"] + rows["charlie"])
    return {name: {row.pk: row for row in some if row.trashed_at is None} for name, some in rows.items()}


def test_ones_own_are_searched_and_nothing_of_others(alice, charlie, libraries):
    assert found(alice) == found(alice, scope="mine") == set(libraries["alice"])
    assert found(make_user("dora")) == set()


@pytest.mark.parametrize("scope", ["shared", "public", "all"])
def test_no_scope_shows_more_than_visible_to_allows(alice, libraries, scope):
    visible = set(Image.objects.visible_to(Credentials(alice)).values_list("pk", flat=True))
    assert found(alice, scope=scope) <= visible
    assert not found(alice, scope=scope, collection="00000000-0000-4000-8000-000000000000")


def test_those_who_see_everything_search_what_is_shared(root, libraries):
    every = libraries["alice"] | libraries["charlie"]
    by = {name: {pk for pk, row in every.items() if row.visibility == name} for name in ("members", "public")}
    assert found(root, scope="public") == by["public"]
    assert found(root, scope="shared") == by["members"]
    assert found(root, scope="all") == by["public"] | by["members"]
    assert found(root, scope="mine") == set()
    foxes = {pk for pk in by["public"] if "fox" in every[pk].prompt.split()}
    assert found(root, scope="public", q='"fox"') == foxes
    assert found(root, scope="public", lora="ink") == {
        pk for pk in by["public"] if "ink" in [lora["name"] for lora in every[pk].parameters["loras"]]
    }


def test_of_ones_own_images_alone_a_scope_takes_those_it_has(alice, libraries):
    own = Image.objects.owned_by(alice).kept()
    public = {pk for pk, row in libraries["alice"].items() if row.visibility == "public"}
    assert set(filter_images(own, ImageFilter(scope="public"), alice).values_list("pk", flat=True)) == public
    assert not filter_images(own, ImageFilter(scope="shared"), alice)
