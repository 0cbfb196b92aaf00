"""Images that look like one of them, against comparing it with each."""

import random

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery.actions.moderation import quarantine
from gallery.imaging.perceptual_hash import distance
from gallery.models import HashBand, Image
from gallery.search import similar
from gallery.search.similar import FARTHEST, with_similar, write_bands
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_image
from tests.support.library import make_library

pytestmark = pytest.mark.django_db

CODE = 0x0123456789ABCDEF


def hashed(owner, number, *, seed=0, most=20):
    """Return rows whose hashes differ from CODE in 0 to `most` bits."""
    rng = random.Random(seed)
    rows = make_library(owner, number, seed=seed, trashed=0)
    for row in rows:
        code = CODE
        for bit in rng.sample(range(64), rng.randint(0, most)):
            code ^= 1 << bit
        row.perceptual_hash = code - 2**64 if code >> 63 else code
    Image.objects.bulk_update(rows, ["perceptual_hash"])
    write_bands(rows)
    return rows


def test_the_index_finds_what_comparing_each_finds(alice, charlie):
    rows = hashed(alice, 150) + hashed(charlie, 150, seed=1)
    for owner in (alice, None):
        every = [row for row in rows if owner in (None, row.owner)]
        near = {row.pk for row in every if distance(CODE, row.perceptual_hash) <= FARTHEST}
        images = Image.objects.filter(pk__in=[row.pk for row in every])
        assert set(with_similar(images, CODE, owner).values_list("pk", flat=True)) == near
        assert 50 < len(near) < len(every)


def test_the_nearest_are_kept_where_there_are_too_many(alice, monkeypatch):
    monkeypatch.setattr(similar, "MOST_SIMILAR", 12)
    monkeypatch.setattr(similar, "AT_ONCE", 5)
    rows = hashed(alice, 80, most=12)
    found = with_similar(Image.objects.all(), CODE, alice)
    ranked = sorted(distance(CODE, row.perceptual_hash) for row in rows)
    assert sorted(distance(CODE, image.perceptual_hash) for image in found) == ranked[:12]


def test_other_conditions_come_before_the_limit(alice, monkeypatch):
    monkeypatch.setattr(similar, "MOST_SIMILAR", 3)
    rows = hashed(alice, 60, most=6)
    farthest = sorted(rows, key=lambda row: -distance(CODE, row.perceptual_hash))[:3]
    images = Image.objects.filter(pk__in=[row.pk for row in farthest])
    assert set(with_similar(images, CODE, alice)) == set(farthest)


def test_as_many_rows_are_read_at_most_as_stated(alice, monkeypatch):
    monkeypatch.setattr(similar, "MOST_CANDIDATES", 10)
    hashed(alice, 60, most=0)
    with CaptureQueriesContext(connection) as queries:
        assert len(with_similar(Image.objects.all(), CODE, alice)) == 10
    assert len(queries) <= 7


def test_an_image_finds_itself_and_its_like_the_nearest_first(owner_client, alice):
    [plain, other] = [make_image(alice, index=index, colour=colour) for index, colour in enumerate(("red", "blue"))]
    assert HashBand.objects.count() == 8
    assert plain.perceptual_hash == other.perceptual_hash == 0
    answer = owner_client.api("GET", f"/images?similar={plain.pk}").json()
    assert {item["id"] for item in answer["items"]} == {str(plain.pk), str(other.pk)}
    assert owner_client.api("GET", f"/images/count?similar={plain.pk}&q=nothing").json()["images"] == 0
    assert owner_client.api("GET", f"/images/facets?similar={plain.pk}").json()["images"] == 2


@pytest.mark.parametrize("path", ["/images?", "/images/tiles?", "/images/facets?", "/images/count?scope=public&"])
def test_a_strangers_image_and_none_look_the_same(owner_client, charlie, path):
    theirs = make_image(charlie)
    for pk in (theirs.pk, "00000000-0000-4000-8000-000000000000"):
        error_of(owner_client.api("GET", f"{path}similar={pk}"), 404, "not_found")
    error_of(owner_client.api("GET", f"{path}similar=mine"), 422, "invalid_parameters")
    search = {"action": "trash", "search": {"similar": str(theirs.pk)}}
    error_of(owner_client.api("POST", "/images/bulk", search), 404, "not_found")


def test_a_shared_image_finds_ones_own_and_what_others_share(owner_client, alice, charlie):
    mine, theirs, private = make_image(alice), make_image(charlie), make_image(charlie, index=1)
    Image.objects.filter(pk=theirs.pk).update(visibility="members", published_at=theirs.created_at)
    found = {
        scope: {
            item["id"] for item in owner_client.api("GET", f"/images?similar={theirs.pk}&scope={scope}").json()["items"]
        }
        for scope in ("mine", "shared", "all")
    }
    assert found == {"mine": {str(mine.pk)}, "shared": {str(theirs.pk)}, "all": {str(mine.pk), str(theirs.pk)}}
    assert private.perceptual_hash == theirs.perceptual_hash


def test_what_is_under_review_is_neither_compared_nor_found(owner_client, moderator, alice):
    held, plain = make_image(alice), make_image(alice, index=1)
    quarantine(images=Image.objects.filter(pk=held.pk), actor=None)
    refused = owner_client.api("GET", f"/images?similar={held.pk}")
    assert "under review" in error_of(refused, 422, "invalid_parameters")["similar"]
    found = owner_client.api("GET", f"/images?similar={plain.pk}").json()["items"]
    assert [item["id"] for item in found] == [str(plain.pk)]
    assert (
        knocking_as(moderator).api("GET", f"/images?similar={held.pk}").status_code == 404
    )  # a key without `moderate`


def test_an_image_of_an_older_version_is_compared_by_its_file(owner_client, alice):
    old, other = make_image(alice), make_image(alice, index=1)
    Image.objects.filter(pk=old.pk).update(perceptual_hash=None)
    HashBand.objects.filter(image=old).delete()
    found = owner_client.api("GET", f"/images?similar={old.pk}").json()["items"]
    assert [item["id"] for item in found] == [str(other.pk)]
    default_storage.delete(old.thumbnail)
    refused = owner_client.api("GET", f"/images?similar={old.pk}")
    assert "cannot be read" in error_of(refused, 422, "invalid_parameters")["similar"]
