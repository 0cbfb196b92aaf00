"""What is read of many images that people share: by both ways, and how many rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gallery.models import Collection, CollectionItem, Image
from gallery.search import scope
from gallery.search.filters import ImageFilter, columns_of, filter_images
from gallery.search.scope import searched_images
from gallery.search.timeline import count_matching
from sdsite.accounts.credentials import Credentials
from tests.support.factories import make_user
from tests.support.library import START, make_library

pytestmark = pytest.mark.django_db


def collect(owner, name, rows, **fields):
    collection = Collection.objects.create(owner=owner, name=name, folded=name, **fields)
    CollectionItem.objects.bulk_create(CollectionItem(collection=collection, image=row) for row in rows)
    return collection


@pytest.fixture
def shared(alice, charlie, dora):
    """Images of charlie that alice sees: public, of members, in an open collection and in one that she is in."""
    rows = make_library(charlie, 40)
    Image.objects.filter(pk__in=[row.pk for row in rows[:20]]).update(visibility="private")
    collect(charlie, "open", rows[:6], visibility="members")
    collect(charlie, "closed", rows[12:16])
    collect(charlie, "ours", rows[6:10]).members.create(user=alice)
    of_alice = collect(alice, "mine", [])
    of_alice.members.create(user=charlie, may_add=True)
    CollectionItem.objects.create(collection=of_alice, image=rows[10])
    make_library(alice, 10, seed=3)
    make_library(dora, 20, seed=4)
    Image.objects.exclude(visibility="private").update(published_at=START)
    return rows


@pytest.fixture
def dora():
    return make_user("dora")


def found(user, **said):
    wanted = ImageFilter(**said)
    searched = searched_images(Credentials(user), wanted.scope, columns_of(wanted))
    return set(filter_images(searched.images, wanted, searched.owner).values_list("pk", flat=True))


SEARCHES = [{}, {"q": "fox"}, {"checkpoint": "sdxl"}, {"until": "2026-03-29"}]


@pytest.mark.parametrize("name", ["shared", "all"])
@pytest.mark.parametrize("said", SEARCHES)
def test_a_scope_has_the_same_images_by_either_way(alice, charlie, shared, name, said, monkeypatch):
    outcomes = []
    for sample, most in ((500, 0), (0, 10**6), (0, 0)):  # followed; ids read; too many ids, so followed
        monkeypatch.setattr(scope, "SAMPLE", sample)
        monkeypatch.setattr(scope, "FEWEST_FOUND", 10**6)
        monkeypatch.setattr(scope, "MOST_LISTED", most)
        outcomes.append(found(alice, scope=name, **said))
    assert outcomes[0] == outcomes[1] == outcomes[2] != set()
    visible = Image.objects.visible_to(Credentials(alice)).kept()
    of_others = set(visible.exclude(owner=alice).values_list("pk", flat=True))
    expected = (
        of_others
        if name == "all"
        else of_others - set(visible.filter(visibility="public").values_list("pk", flat=True))
    )
    if not said:
        assert {pk for pk in outcomes[0] if not Image.objects.filter(pk=pk, owner=alice).exists()} == expected


@pytest.mark.parametrize("sample", [0, 500])
def test_a_scope_shows_nothing_of_the_suspended_the_trash_and_reviews(alice, charlie, shared, sample, monkeypatch):
    monkeypatch.setattr(scope, "SAMPLE", sample)
    before = found(alice, scope="shared")
    assert {shared[0].pk, shared[7].pk} <= before
    Image.objects.filter(pk=shared[0].pk).update(trashed_at=timezone.now())
    Image.objects.filter(pk=shared[7].pk).update(quarantined_at=timezone.now())
    assert found(alice, scope="shared") == before - {shared[0].pk, shared[7].pk}
    charlie.is_active = False
    charlie.save()
    assert found(alice, scope="shared").isdisjoint(row.pk for row in shared)


def test_days_of_a_scope_are_those_of_the_newest_images_of_the_site(alice, charlie, shared, monkeypatch):
    def count(**said):
        wanted = ImageFilter(scope="all", **said)
        searched = searched_images(Credentials(alice), "all", columns_of(wanted), counts=True)
        return count_matching(searched.images, wanted, None, "day", Credentials(alice), since=searched.since)

    every = count()
    assert every.is_whole
    assert every.images == len(found(alice, scope="all"))
    monkeypatch.setattr(scope, "MOST_FOLLOWED", 12)
    newest = Image.objects.order_by("-created_at", "-pk")[11].created_at
    visible = Image.objects.filter(pk__in=found(alice, scope="all"))
    some = count()
    assert not some.is_whole
    assert some.images == visible.filter(created_at__gte=newest).count()
    # What is older is counted when it is asked for.
    older = count(until="2026-03-28")
    assert older.images
    assert max(day for day, _ in older.periods).isoformat() <= "2026-03-28"


def test_an_image_of_others_is_looked_up_without_reading_all_that_is_shared(alice, shared):
    with CaptureQueriesContext(connection) as captured:
        assert Image.objects.visible_to(Credentials(alice)).filter(pk=shared[0].pk).exists()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{captured[-1]['sql']}")
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert "SCAN" not in plan
    # Only the image itself is looked up: a join with images made the databases begin with it.
    assert plan.count("gallery_image_1") + plan.count("gallery_image_pkey") <= 1
