"""Collections over the API: created, changed, filled, emptied, each user's own."""

import pytest

from gallery.models import Collection, CollectionItem, Image
from tests.support.clients.api_client import error_of
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


NOWHERE = "00000000-0000-4000-8000-000000000000"


def create(client, **fields):
    response = client.api("POST", "/collections", {"name": "Skies", **fields})
    assert response.status_code == 201, response.content
    return response.json()


def fill(client, collection, *images):
    return client.api("POST", f"/collections/{collection['id']}/images", {"ids": [str(image.pk) for image in images]})


def test_a_collection_is_made_looked_at_changed_and_deleted(owner_client):
    response = owner_client.api("POST", "/collections", {"name": " Skies  at dusk ", "description": "One\nTwo "})
    made = response.json()
    assert (made["name"], made["description"]) == ("Skies at dusk", "One\nTwo")
    assert (made["images"], made["cover_url"]) == (0, None)
    assert owner_client.get(response["Location"]).json() == made
    changed = owner_client.api("PATCH", f"/collections/{made['id']}", {"description": "Red"}).json()
    assert (changed["name"], changed["description"]) == ("Skies at dusk", "Red")
    assert changed["updated_at"] > made["updated_at"]
    assert owner_client.api("PATCH", f"/collections/{made['id']}", {"name": "skies AT dusk"}).status_code == 200
    assert owner_client.api("DELETE", f"/collections/{made['id']}").status_code == 204
    error_of(owner_client.api("GET", f"/collections/{made['id']}"), 404, "not_found")


def test_images_are_added_and_removed_and_stay_themselves(owner_client, alice):
    collection, (one, two) = create(owner_client), [make_image(alice) for _ in range(2)]
    assert fill(owner_client, collection, one).json() == {"added": 1, "images": 1}
    assert fill(owner_client, collection, one, two).json() == {"added": 1, "images": 2}
    seen = owner_client.api("GET", f"/collections/{collection['id']}").json()
    assert (seen["images"], seen["cover_url"]) == (2, f"/images/{two.pk}/thumbnail")
    assert owner_client.api("GET", f"/images/{one.pk}").json()["collections"] == [collection["id"]]
    listed = owner_client.api("GET", f"/images?collection={collection['id']}").json()["items"]
    assert {image["id"] for image in listed} == {str(one.pk), str(two.pk)}
    path = f"/collections/{collection['id']}/images/{one.pk}"
    assert owner_client.api("DELETE", path).status_code == 204
    error_of(owner_client.api("DELETE", path), 404, "not_found")
    owner_client.api("DELETE", f"/collections/{collection['id']}")
    assert Image.objects.count() == 2
    assert not CollectionItem.objects.exists()


def test_a_deleted_image_leaves_its_collections(owner_client, alice):
    collection, image = create(owner_client), make_image(alice)
    fill(owner_client, collection, image)
    owner_client.api("DELETE", f"/images/{image.pk}")
    seen = owner_client.api("GET", f"/collections/{collection['id']}").json()
    assert (seen["images"], seen["cover_url"]) == (0, None)


def test_a_strangers_collection_is_one_that_never_was(owner_client, charlie_client, charlie, alice):
    collection, image = create(owner_client), make_image(alice)
    fill(owner_client, collection, image)
    own = make_image(charlie)
    for method, part, body in [
        ("GET", "", None),
        ("PATCH", "", {"name": "mine"}),
        ("DELETE", "", None),
        ("POST", "/images", {"ids": [str(own.pk)]}),
        ("DELETE", f"/images/{image.pk}", None),
    ]:
        foreign = charlie_client.api(method, f"/collections/{collection['id']}{part}", body)
        absent = charlie_client.api(method, f"/collections/{NOWHERE}{part}", body)
        error_of(foreign, 404, "not_found")
        assert foreign.content == absent.content
    assert charlie_client.api("GET", "/collections").json() == {"items": [], "next": None}
    assert charlie_client.api("GET", f"/images?collection={collection['id']}").json()["items"] == []
    assert Collection.objects.get().items.count() == 1


def test_images_of_others_are_neither_added_nor_counted(charlie_client, charlie, alice):
    collection, foreign, own = create(charlie_client), make_image(alice), make_image(charlie)
    error_of(fill(charlie_client, collection, foreign), 404, "not_found")
    assert fill(charlie_client, collection, foreign, own).json() == {"added": 1, "images": 1}


def test_a_manager_sees_no_membership_of_others(owner_client, alice, bob):
    from django.contrib.auth.models import Permission
    from django.test import Client

    image = make_image(alice)
    fill(owner_client, create(owner_client), image)
    bob.user_permissions.add(*Permission.objects.filter(codename="view_image"))
    client = Client()
    client.force_login(bob)
    assert client.get(f"/api/v1/images/{image.pk}").json()["collections"] == []


WRONG = [
    ({"name": " "}, "name", "1 to 100"),
    ({"name": "x" * 101}, "name", "1 to 100"),
    ({"name": "a\x00b"}, "name", "cannot be shown"),
    ({"name": "SKIES"}, "name", "already have"),
    ({"name": "Ångström"}, "name", "already have"),
    ({"name": "fine", "description": "x" * 1001}, "description", "at most 1000"),
    ({"name": "fine", "colour": "red"}, "body", "the names are name, description"),
    ({}, "name", "required"),
]


@pytest.mark.parametrize(("body", "field", "words"), WRONG)
def test_invalid_names_and_descriptions_are_refused_by_field(owner_client, body, field, words):
    create(owner_client)
    create(owner_client, name="ångströM")
    assert words in error_of(owner_client.api("POST", "/collections", body), 422, "invalid_parameters")[field]
    assert Collection.objects.count() == 2


def test_pages_are_newest_first_and_cost_the_same(owner_client, alice, django_assert_num_queries):
    made = [create(owner_client, name=f"number {number}") for number in range(5)]
    for collection in made:
        fill(owner_client, collection, make_image(alice))
    seen, cursor = [], ""
    while cursor is not None:
        with django_assert_num_queries(2):  # key, collections
            page = owner_client.api("GET", f"/collections?limit=2&cursor={cursor}").json()
        seen += [collection["id"] for collection in page["items"]]
        assert all(collection["images"] == 1 and collection["cover_url"] for collection in page["items"])
        cursor = page["next"]
    assert seen == [collection["id"] for collection in reversed(made)]
