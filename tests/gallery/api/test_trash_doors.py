"""An image in the trash is in none of the lists, whoever asks, and still a page and a file for its owner."""

import pytest
from django.urls import reverse

from gallery.actions.collections import add_images, create_collection
from gallery.actions.tags import set_tags
from gallery.actions.trash import trash_images
from gallery.models import Image
from tests.support.clients.api_client import error_of
from tests.support.factories import end_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def trashed(alice, job):
    """The two images of a finished job, tagged, in a collection, and in the trash."""
    end_job(job)
    images = list(Image.objects.of_job(job.pk))
    collection = create_collection(owner=alice, name="Skies")
    add_images(collection=collection, ids=[image.pk for image in images])
    for image in images:
        set_tags(image=image, names=["sea"])
    assert trash_images(images=Image.objects.all(), owner=alice) == len(images) > 0
    return images


API_LISTS = (
    "/images",
    "/images?q=heart",
    "/images?tag=sea",
    "/images/facets",
    "/images/facets?q=heart",
    "/images/tiles",
    "/images/timeline",
    "/images/count",
    "/tags",
    "/collections",
    "/jobs",
)
PAGES = ("/library/", "/library/?q=heart", "/collections/")


@pytest.mark.parametrize("address", API_LISTS)
def test_no_list_of_the_api_has_it(owner_client, trashed, address):
    response = owner_client.api("GET", address)
    assert response.status_code == 200
    text = response.content.decode()
    assert not any(str(image.pk) in text for image in trashed)
    assert '"sea"' not in text
    assert not any(f'"images": {len(trashed)}' in text for _ in trashed)


@pytest.mark.parametrize("address", PAGES)
def test_no_page_has_it(as_alice, trashed, address):
    text = as_alice.get(address, follow=True).content.decode()
    assert not any(str(image.pk) in text for image in trashed)


def test_nothing_of_its_job_has_it(owner_client, trashed):
    job = trashed[0].job_id
    assert owner_client.api("GET", f"/jobs/{job}").json()["images"] == []
    error_of(owner_client.api("GET", f"/jobs/{job}/sheet"), 409, "no_image")


def test_its_collection_does_not_have_it(owner_client, as_alice, alice, trashed):
    (collection,) = owner_client.api("GET", "/collections").json()["items"]
    assert (collection["images"], collection["cover_url"]) == (0, None)
    page = as_alice.get(collection["page_url"], follow=True).content.decode()
    assert not any(str(image.pk) in page for image in trashed)


def test_moderators_do_not_have_it_to_review(as_moderator, trashed):
    assert as_moderator.get("/api/v1/moderation/images?state=all").json()["items"] == []


def test_it_cannot_be_added_tagged_together_or_zipped(owner_client, alice, trashed):
    ids = [str(image.pk) for image in trashed]
    collection = create_collection(owner=alice, name="Again")
    error_of(owner_client.api("POST", f"/collections/{collection.pk}/images", {"ids": ids}), 404, "not_found")
    error_of(owner_client.api("POST", "/images/tag", {"ids": ids, "add": ["x"]}), 404, "not_found")
    error_of(owner_client.api("POST", "/images/zip", {"ids": ids}), 404, "not_found")


def test_its_page_and_files_stay_for_its_owner_and_no_one_else(as_alice, as_charlie, stranger, trashed):
    image = trashed[0]
    addresses = [reverse(name, args=[image.pk]) for name in ("image", "image_file", "image_thumbnail")]
    assert [as_alice.get(address).status_code for address in addresses] == [200] * 3
    assert [as_charlie.get(address).status_code for address in addresses] == [404] * 3
    Image.objects.filter(pk=image.pk).update(visibility="public", published_at=image.created_at)
    assert [as_charlie.get(address).status_code for address in addresses] == [404] * 3


def test_restoring_brings_everything_back(owner_client, trashed):
    ids = [str(image.pk) for image in trashed]
    assert owner_client.api("POST", "/images/bulk", {"ids": ids, "action": "restore"}).json()["images"] == len(ids)
    assert owner_client.api("GET", "/images?tag=sea").json()["items"]
    assert owner_client.api("GET", "/collections").json()["items"][0]["images"] == len(ids)
    assert {one["id"] for one in owner_client.api("GET", f"/jobs/{trashed[0].job_id}").json()["images"]} == set(ids)
