"""Images of a collection over the API: in its order, by owner, member and stranger."""

import pytest

from gallery.actions.collection_sharing import set_member
from gallery.actions.collections import add_images, create_collection
from gallery.models import Collection, Image
from tests.support.clients.api_client import error_of
from tests.support.factories import make_image

pytestmark = pytest.mark.usefixtures("own_media")


@pytest.fixture
def collection(alice):
    """A collection of alice with one image, her favourite."""
    made = create_collection(owner=alice, name="Skies")
    image = make_image(alice)
    Image.objects.update(is_favourite=True, rating=5, strips_metadata=True)
    add_images(collection=made, ids=[image.pk])
    return made


def test_owner_and_member_see_the_same_images_each_with_what_they_may_know(
    owner_client, charlie_client, charlie, collection
):
    path = f"/collections/{collection.pk}/images"
    error_of(charlie_client.api("GET", path), 404, "not_found")
    set_member(collection=collection, username="charlie", may_add=True)
    theirs = make_image(charlie)
    assert charlie_client.api("POST", path, {"ids": [str(theirs.pk)]}).json() == {"added": 1, "images": 2}
    mine = [(one["owner"], one["is_own"], one["rating"]) for one in owner_client.api("GET", path).json()["items"]]
    assert mine == [("charlie", False, 0), ("alice", True, 5)]
    seen = charlie_client.api("GET", f"{path}?limit=1").json()
    assert (seen["items"][0]["is_own"], seen["items"][0]["prompt"]) == (True, "a red heart")
    rest = charlie_client.api("GET", f"{path}?limit=1&cursor={seen['next']}").json()
    hidden = rest["items"][0]
    assert (hidden["owner"], hidden["favourite"], hidden["rating"], hidden["prompt"]) == ("alice", False, 0, "")
    assert rest["next"] is None
    error_of(charlie_client.api("GET", f"{path}?cursor=x"), 422, "invalid_parameters")
    error_of(charlie_client.api("GET", f"{path}?order=new"), 422, "invalid_parameters")


def test_a_collection_of_a_suspended_person_is_gone_for_others(charlie_client, alice, collection):
    Collection.objects.update(visibility="public")
    for path in ("", "/images"):
        assert charlie_client.api("GET", f"/collections/{collection.pk}{path}").status_code == 200
    alice.is_active = False
    alice.save()
    for path in ("", "/images"):
        error_of(charlie_client.api("GET", f"/collections/{collection.pk}{path}"), 404, "not_found")
    assert charlie_client.api("GET", "/collections?scope=shared").json()["items"] == []


def test_counts_and_cover_are_of_what_the_reader_sees(charlie_client, bob, alice, collection):
    set_member(collection=collection, username="bob", may_add=True)
    collection.items.create(image=make_image(bob))
    Collection.objects.update(visibility="members")
    own = collection.items.get(image__owner=alice).image_id
    seen = charlie_client.api("GET", f"/collections/{collection.pk}").json()
    assert (seen["images"], seen["cover_url"]) == (1, f"/images/{own}/thumbnail")


def test_a_member_collects_many_images_at_once_and_undoes_it(charlie_client, charlie, collection):
    ids = [str(make_image(charlie).pk) for _ in range(2)]
    body = {"ids": ids, "action": "collect", "value": str(collection.pk)}
    set_member(collection=collection, username="charlie", may_add=True)
    undo = charlie_client.api("POST", "/images/bulk", body).json()["undo"]
    assert collection.items.count() == 3
    assert charlie_client.api("POST", "/images/bulk/undo", {"undo": undo}).json()["images"] == 2
    set_member(collection=collection, username="charlie", may_add=False)
    removal = {**body, "action": "remove_from_collection"}
    error_of(charlie_client.api("POST", "/images/bulk", removal), 422, "invalid_parameters")
    assert collection.items.count() == 1
