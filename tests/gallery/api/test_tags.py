"""Tags over the API: of one image, of many, and the list of a user's own."""

import uuid

import pytest

from gallery.models import ImageTag
from tests.support.clients.api_client import error_of
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def images(alice):
    job_id = uuid.uuid4()
    return [make_image(alice, job_id=job_id, index=index) for index in range(3)]


def tag(client, ids, **change):
    return client.api("POST", "/images/tag", {"ids": [str(getattr(one, "pk", one)) for one in ids], **change})


def tags_of(image):
    return list(image.tags.values_list("name", flat=True))


def test_an_image_gets_exactly_the_tags_that_are_said(owner_client, images):
    path = f"/images/{images[0].pk}"
    answer = owner_client.api("PUT", f"{path}/tags", {"tags": ["To  Print", "favourite", "to print ", "Éclair"]})
    assert answer.json() == {"tags": ["favourite", "to print", "éclair"]}
    assert owner_client.api("GET", path).json()["tags"] == ["favourite", "to print", "éclair"]
    fewer = owner_client.api("PUT", f"{path}/tags", {"tags": ["sea", "favourite"]})
    assert fewer.json() == {"tags": ["favourite", "sea"]}
    assert owner_client.api("PUT", f"{path}/tags", {"tags": []}).json() == {"tags": []}
    assert not ImageTag.objects.exists()


def test_several_images_are_tagged_together(owner_client, images):
    assert tag(owner_client, images, add=["sea", "draft"]).json() == {"images": 3}
    assert tag(owner_client, images[:2], add=["good", "sea"], remove=["Draft"]).json() == {"images": 2}
    assert [tags_of(image) for image in images] == [["good", "sea"], ["good", "sea"], ["draft", "sea"]]
    assert owner_client.api("GET", "/tags").json() == [
        {"name": "draft", "images": 1},
        {"name": "good", "images": 2},
        {"name": "sea", "images": 3},
    ]
    listed = owner_client.api("GET", "/images?tag=good&tag=SEA").json()["items"]
    assert [image["tags"] for image in listed] == [["good", "sea"]] * 2


def test_images_of_others_cannot_be_tagged(charlie_client, charlie, images):
    error_of(charlie_client.api("PUT", f"/images/{images[0].pk}/tags", {"tags": ["mine"]}), 404, "not_found")
    error_of(tag(charlie_client, images, add=["mine"]), 404, "not_found")
    own = make_image(charlie)
    assert tag(charlie_client, [*images, NOWHERE, own], add=["mine"]).json() == {"images": 1}
    assert ImageTag.objects.get().image == own
    assert charlie_client.api("GET", "/tags").json() == [{"name": "mine", "images": 1}]


def test_a_manager_of_images_does_not_tag_them(bob, images):
    from django.contrib.auth.models import Permission

    from tests.support.clients.api_client import knocking_as

    bob.user_permissions.add(*Permission.objects.filter(codename__in=["view_image", "delete_image"]))
    error_of(knocking_as(bob).api("PUT", f"/images/{images[0].pk}/tags", {"tags": ["x"]}), 404, "not_found")


@pytest.mark.parametrize("ids", [[], ["mine"], [NOWHERE] * 501])
def test_ids_are_one_to_five_hundred_uuids(owner_client, ids):
    fields = error_of(tag(owner_client, ids, add=["x"]), 422, "invalid_parameters")
    assert all(name.startswith("ids") for name in fields)


def test_facets_count_the_values_of_a_search(owner_client, charlie_client, images):
    tag(owner_client, images[:1], add=["sea"])
    told = owner_client.api("GET", "/images/facets?q=heart&format=png").json()
    assert (
        told
        | {
            "checkpoints": [{"value": "starter", "images": 3}],
            "tasks": [{"value": "text_to_image", "images": 3}],
            "formats": [{"value": "png", "images": 3}],
            "tags": [{"value": "sea", "images": 1}],
            "images": 3,
            "all_counted": True,
        }
        == told
    )
    assert charlie_client.api("GET", "/images/facets").json()["images"] == 0
    assert "until" in error_of(owner_client.api("GET", "/images/facets?until=soon"), 422, "invalid_parameters")
