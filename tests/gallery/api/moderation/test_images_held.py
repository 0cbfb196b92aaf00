"""What is held is invisible at every door at once; what is blurred is blurred at every door for others."""

import io
import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image as Pillow
from PIL import ImageChops

from gallery.actions.bulk.run import run_action
from gallery.actions.collection_sharing import set_member
from gallery.actions.collections import add_images, create_collection
from gallery.actions.moderation import decide
from gallery.actions.sharing import create_link
from gallery.actions.trash import delete_expired, empty_trash, trash_images
from gallery.models import Collection, Image
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_image

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media")]


@pytest.fixture
def shared(alice, charlie):
    """A public image of alice's in a public collection, both with links, and what addresses have of them."""
    image = make_image(alice, pixels=Pillow.effect_noise((600, 400), 90).convert("RGB"))
    run_action(owner=alice, action="visibility", value="public", ids=[image.pk])
    collection = create_collection(owner=alice, name="Skies")
    add_images(collection=collection, ids=[image.pk])
    Collection.objects.update(visibility="public")
    set_member(collection=collection, username="charlie", may_add=False)
    image.refresh_from_db()
    return {
        "image": image,
        "id": str(image.pk),
        "collection": str(collection.pk),
        "job": str(image.job_id),
        "token": create_link(owner=alice, image=image).token,
        "all": create_link(owner=alice, collection=collection).token,
    }


# Lists in which others find it, and addresses of its own. {id}, {collection}, {token}, {all} as in `shared`.
LISTS = [
    "/explore/",
    "/people/alice/",
    "/collections/{collection}/",
    "/s/{token}/",
    "/s/{all}/",
    "/api/v1/explore",
    "/api/v1/images?q=heart&scope=all",
    "/api/v1/images/tiles?scope=all",
    "/api/v1/collections/{collection}/images",
]
OWN = [
    "/images/{id}/",
    "/images/{id}/panel/",
    "/images/{id}/file",
    "/images/{id}/thumbnail",
    "/s/{token}/images/{id}/file",
    "/s/{all}/images/{id}/thumbnail",
    "/api/v1/images/{id}",
    "/api/v1/images/{id}/file",
    "/api/v1/images/{id}/thumbnail",
    "/api/v1/images/{id}/lineage",
    "/api/v1/images/{id}/steps",
]
FOR_VISITORS = ("/explore/", "/people/", "/s/", "/images/{id}/file", "/images/{id}/thumbnail")


def doors():
    """Yield (who, address) of every door that the image has for others."""
    for address in [*LISTS, *OWN]:
        yield "member", address
        if address.startswith(FOR_VISITORS):
            yield "visitor", address


def has_it(client, address, shared):
    answer = client.get(address.format(**shared))
    if answer.status_code != 200:
        return False
    return address in OWN or shared["id"] in answer.content.decode() or address == "/s/{token}/"


@pytest.mark.parametrize("deed", ["hold", "delete"])
def test_what_is_held_is_gone_from_every_door_and_back_when_it_is_approved(shared, charlie, moderator, deed):
    clients = {"member": client_of(charlie), "visitor": Client()}
    found = {(who, address): has_it(clients[who], address, shared) for who, address in doors()}
    assert [door for door, there in found.items() if not there] == []
    images = Image.objects.filter(pk=shared["image"].pk)
    decide(deed=deed, images=images, actor=moderator)
    assert [door for door in found if has_it(clients[door[0]], door[1], shared)] == []
    if deed == "hold":
        decide(deed="approve", images=images, actor=moderator)
        assert [door for door in found if not has_it(clients[door[0]], door[1], shared)] == []


PIXELS = [address for address in OWN if address.endswith(("file", "thumbnail"))]


def detail(answer):
    """Return how much neighbouring pixels differ at most; and the size."""
    with Pillow.open(io.BytesIO(answer.content)) as image:
        grey = image.convert("L").resize((120, 80))
    differences = ImageChops.difference(grey, ImageChops.offset(grey, 1, 0)).crop((1, 0, 120, 80))
    return differences.getextrema()[1]


@pytest.mark.parametrize("address", PIXELS)
def test_what_is_blurred_is_blurred_for_others_and_not_for_owner_and_moderators(
    shared, alice, charlie, moderator, address
):
    path = address.format(**shared)
    before = client_of(charlie).get(path)
    assert detail(before) > 20
    decide(deed="blur", images=Image.objects.all(), actor=moderator)
    known = {"If-None-Match": before["ETag"]} if "ETag" in before else {}
    answer = client_of(charlie).get(path, headers=known)
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        "image/webp",
        "private, no-cache",
    )
    assert detail(answer) < 20
    assert client_of(charlie).get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    if not path.startswith("/s/"):
        assert detail(client_of(alice).get(path)) > 20
        assert detail(client_of(moderator).get(path)) > 20
    decide(deed="approve", images=Image.objects.all(), actor=moderator)
    assert detail(client_of(charlie).get(path)) > 20


class TestOwner:
    """What the owner can and cannot do with an image that a moderator took down."""

    def test_nothing_brings_a_deleted_one_back_or_deletes_it_for_good(self, shared, alice, moderator):
        image = shared["image"]
        decide(deed="delete", images=Image.objects.all(), actor=moderator)
        run_action(owner=alice, action="restore", ids=[image.pk])
        run_action(owner=alice, action="delete", ids=[image.pk])
        assert empty_trash(owner=alice) == (0, 0)
        error_of(knocking_as(alice).api("DELETE", f"/images/{image.pk}?permanently=true"), 403, "quarantined")
        image.refresh_from_db()
        assert image.trashed_at
        assert image.quarantined_at

    def test_a_held_one_is_kept_for_the_retention_time_whenever_it_was_trashed(self, shared, alice, moderator):
        trash_images(images=Image.objects.all(), owner=alice)
        long_ago = timezone.now() - timedelta(days=400)
        Image.objects.update(trashed_at=long_ago)
        decide(deed="hold", images=Image.objects.all(), actor=moderator)
        assert delete_expired() == 0
        Image.objects.update(quarantined_at=long_ago)
        assert delete_expired() == 1

    def test_what_a_moderator_made_private_is_not_shared_again(self, shared, alice, moderator):
        image = shared["image"]
        owner = knocking_as(alice)
        decide(deed="private", images=Image.objects.all(), actor=moderator)
        publish = {"action": "visibility", "value": "public", "ids": [str(image.pk)]}
        for method, path, body in (("POST", "/images/bulk", publish), ("POST", f"/images/{image.pk}/links", {})):
            answer = owner.api(method, path, body)
            error_of(answer, 422, "invalid_parameters")
            assert "A moderator made this image private" in answer.json()["error"]["message"]
        image.refresh_from_db()
        assert image.visibility == "private"
        decide(deed="hold", images=Image.objects.all(), actor=moderator)
        decide(deed="approve", images=Image.objects.all(), actor=moderator)
        assert owner.api("POST", "/images/bulk", publish).status_code == 200

    def test_a_held_one_is_in_no_zip_and_its_placeholder_is_kept_back(self, shared, alice, moderator):
        decide(deed="hold", images=Image.objects.all(), actor=moderator)
        owner = knocking_as(alice)
        assert owner.api("POST", "/images/zip", {"ids": [shared["id"]]}).status_code == 404
        listed = json.loads(owner.api("GET", f"/images/{shared['id']}").content)
        assert (listed["quarantined"], listed["thumbhash"]) == (True, None)
