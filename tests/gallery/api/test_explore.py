"""Explore over the API: who finds what, by whom, of what, and in which order."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.actions.sharing import like
from gallery.actions.tags import set_tags
from gallery.models import Image
from gallery.search import explore
from gallery.search.similar import write_bands
from tests.support.clients.api_client import error_of
from tests.support.factories import make_image

pytestmark = pytest.mark.usefixtures("own_media")


@pytest.fixture
def shared(alice, bob, charlie):
    """Three shared images, the newest first, and one that is not."""
    images = [make_image(alice, checkpoint="ink"), make_image(bob, prompt="a fox"), make_image(alice)]
    for place, image in enumerate(images):
        moment = timezone.now() - timedelta(minutes=place)
        Image.objects.filter(pk=image.pk).update(visibility="members", published_at=moment)
    make_image(alice)
    set_tags(image=images[1], names=["animal"])
    like(user=bob, image=images[2])
    like(user=charlie, image=images[2])
    like(user=bob, image=images[1])
    return images


def found(client, query=""):
    return [item["id"] for item in client.api("GET", f"/explore{query}").json()["items"]]


def test_shared_images_are_found_by_anybody_here(charlie_client, stranger, shared):
    one, two, three = (str(image.pk) for image in shared)
    assert found(charlie_client) == [one, two, three]
    assert found(charlie_client, "?order=liked") == [three, two, one]
    assert found(charlie_client, "?person=alice") == [one, three]
    assert found(charlie_client, "?checkpoint=ink") == [one]
    assert found(charlie_client, "?tag=Animal") == [two]
    assert found(charlie_client, "?liked=true") == [three]
    assert found(charlie_client, "?person=nobody") == []
    assert stranger.api("GET", "/explore").status_code == 401
    item = charlie_client.api("GET", "/explore?order=liked").json()["items"][0]
    assert (item["owner"], item["likes"], item["liked"], item["favourite"]) == ("alice", 2, True, False)


@pytest.mark.parametrize("order", ["new", "liked"])
def test_pages_follow_each_other(charlie_client, shared, order):
    whole, pages, following = found(charlie_client, f"?order={order}"), [], None
    while following is not None or not pages:
        query = f"?order={order}&limit=1" + (f"&cursor={following}" if following else "")
        page = charlie_client.api("GET", f"/explore{query}").json()
        pages += [item["id"] for item in page["items"]]
        following = page["next"]
    assert pages == whole


def test_the_order_of_likes_is_bounded_and_its_cursor_checked(charlie_client, shared, monkeypatch):
    monkeypatch.setattr(explore, "MOST_LIKED", 2)
    page = charlie_client.api("GET", "/explore?order=liked&limit=1&cursor=1").json()
    assert (len(page["items"]), page["next"]) == (1, None)
    for wrong in ("x", "-1", "9" * 50, "²"):
        error_of(charlie_client.api("GET", f"/explore?order=liked&cursor={wrong}"), 422, "invalid_parameters")


def test_what_is_shared_without_settings_is_found_by_person_only(charlie_client, owner_client, shared):
    Image.objects.update(strips_metadata=True)
    assert found(charlie_client, "?checkpoint=ink") == found(charlie_client, "?tag=animal") == []
    seen = charlie_client.api("GET", "/explore").json()["items"]
    assert {item["prompt"] for item in seen} == {""}
    own = owner_client.api("GET", "/explore?person=alice").json()["items"]
    assert {item["prompt"] for item in own} == {"a red heart"}


@pytest.mark.parametrize("why", ["trash", "review", "suspended", "off"])
def test_what_may_not_be_shown_is_not_found(charlie_client, alice, shared, settings, why):
    if why == "off":
        settings.ENV = {**settings.ENV, "SDSITE_SHARING": "off"}
    elif why == "suspended":
        type(alice).objects.filter(username="alice").update(is_active=False)
    else:
        Image.objects.filter(owner=alice).update(
            **{"trashed_at" if why == "trash" else "quarantined_at": timezone.now()}
        )
    assert found(charlie_client) == ([] if why == "off" else [str(shared[1].pk)])


def hashed(owner, code):
    """Return an image with this perceptual hash."""
    image = make_image(owner)
    image.hash_bands.all().delete()
    image.perceptual_hash = code
    image.save()
    write_bands([image])
    return image


def test_similar_images_come_by_their_distance_and_only_those_that_are_shared(charlie_client, alice, bob):
    near, far, hidden, other = hashed(alice, 7), hashed(bob, 4), hashed(bob, 7), hashed(bob, 2**40 - 1)
    Image.objects.exclude(pk=hidden.pk).update(visibility="members", published_at=timezone.now())
    first = charlie_client.api("GET", f"/explore?similar={near.pk}&order=liked&limit=1").json()
    assert [item["id"] for item in first["items"]] == [str(near.pk)]
    assert found(charlie_client, f"?similar={near.pk}&cursor={first['next']}") == [str(far.pk)]
    assert str(other.pk) not in found(charlie_client, f"?similar={near.pk}")
    assert found(charlie_client, f"?similar={near.pk}&person=bob") == [str(far.pk)]
    error_of(charlie_client.api("GET", f"/explore?similar={hidden.pk}"), 404, "not_found")
    error_of(charlie_client.api("GET", "/explore?similar=x"), 422, "invalid_parameters")
