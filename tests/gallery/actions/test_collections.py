"""Collections: names are unique, their number is bounded, filling takes a constant number of queries."""

import pytest

from tests.support.clients.api_client import error_of
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


def create(client, **fields):
    response = client.api("POST", "/collections", {"name": "Skies", **fields})
    assert response.status_code == 201, response.content
    return response.json()


def fill(client, collection, *images):
    return client.api("POST", f"/collections/{collection['id']}/images", {"ids": [str(image.pk) for image in images]})


def test_renaming_to_a_taken_name_is_refused(owner_client, charlie_client):
    create(owner_client)
    create(charlie_client)  # everybody has names of their own
    second = create(owner_client, name="Seas")
    clash = owner_client.api("PATCH", f"/collections/{second['id']}", {"name": "skies"})
    assert "name" in error_of(clash, 422, "invalid_parameters")


def test_one_person_has_so_many(owner_client, monkeypatch):
    monkeypatch.setattr("gallery.actions.collections.MOST_COLLECTIONS", 1)
    create(owner_client)
    error_of(owner_client.api("POST", "/collections", {"name": "more"}), 409, "too_many_collections")


def test_filling_costs_the_same_for_many(owner_client, alice, django_assert_num_queries):
    images = [make_image(alice) for _ in range(4)]
    collection = create(owner_client)
    for some in (images[:1], images[1:]):
        with django_assert_num_queries(11):
            fill(owner_client, collection, *some)
