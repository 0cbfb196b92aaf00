"""Saved searches over the API."""

import pytest

from tests.support.clients.api_client import error_of

pytestmark = pytest.mark.django_db


def test_a_search_is_saved_renamed_and_deleted(owner_client):
    made = owner_client.api("POST", "/searches", {"name": " Foxes ", "query": "?min_rating=4&q=fox"})
    assert made.status_code == 201
    row = made.json()
    assert (row["name"], row["query"]) == ("Foxes", "q=fox&min_rating=4")
    assert owner_client.api("GET", "/searches").json() == [row]
    renamed = owner_client.api("PATCH", f"/searches/{row['id']}", {"name": "All foxes", "query": "q=fox"}).json()
    assert (renamed["name"], renamed["query"]) == ("All foxes", "q=fox")
    assert owner_client.api("DELETE", f"/searches/{row['id']}").status_code == 204
    assert owner_client.api("GET", "/searches").json() == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "", "query": "q=fox"}, "name"),
        ({"name": "x" * 101, "query": "q=fox"}, "name"),
        ({"name": "a\x00b", "query": "q=fox"}, "name"),
        ({"name": "unassigned \uffff", "query": "q=fox"}, "name"),
        ({"name": "FOXES", "query": "q=sea"}, "name"),
        ({"name": "Sea", "query": "colour=red"}, "query"),
        ({"name": "Sea", "query": ""}, "query"),
        ({"name": "Sea", "query": "min_rating=9"}, "query"),
    ],
)
def test_what_is_wrong_is_named(owner_client, body, field):
    owner_client.api("POST", "/searches", {"name": "Foxes", "query": "q=fox"})
    assert field in error_of(owner_client.api("POST", "/searches", body), 422, "invalid_parameters")


def test_a_strangers_search_is_not_found(owner_client, charlie_client):
    row = charlie_client.api("POST", "/searches", {"name": "Foxes", "query": "q=fox"}).json()
    assert owner_client.api("GET", "/searches").json() == []
    error_of(owner_client.api("PATCH", f"/searches/{row['id']}", {"name": "Mine"}), 404, "not_found")
    error_of(owner_client.api("DELETE", f"/searches/{row['id']}"), 404, "not_found")
    assert [one["name"] for one in charlie_client.api("GET", "/searches").json()] == ["Foxes"]
