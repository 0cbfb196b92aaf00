"""Sharing a collection over the API: members, order, cover and visibility."""

import pytest

from gallery.actions.collections import create_collection
from tests.support.clients.api_client import error_of
from tests.support.factories import make_image

pytestmark = pytest.mark.usefixtures("own_media")


@pytest.fixture
def path(alice):
    """The path of a collection of alice."""
    return f"/collections/{create_collection(owner=alice, name='Skies').pk}"


def ids(*images):
    return {"ids": [str(image.pk) for image in images]}


def test_a_member_sees_a_collection_adds_to_it_and_leaves(owner_client, charlie_client, alice, charlie, path):
    theirs, own = make_image(charlie), make_image(alice)
    owner_client.api("POST", f"{path}/images", ids(own))
    for method, where, body in (
        ("GET", "", None),
        ("POST", "/images", ids(theirs)),
        ("DELETE", "/members/alice", None),
    ):
        error_of(charlie_client.api(method, f"{path}{where}", body), 404, "not_found")
    assert owner_client.api("PUT", f"{path}/members/charlie", {"may_add": True}).json()["may_add"] is True
    assert owner_client.api("GET", f"{path}/members").json() == [{"username": "charlie", "may_add": True}]
    seen = charlie_client.api("GET", path).json()
    assert (seen["owner"], seen["is_own"], seen["may_add"], seen["images"]) == ("alice", False, True, 1)
    assert [one["id"] for one in charlie_client.api("GET", "/collections?scope=shared").json()["items"]] == [seen["id"]]
    assert charlie_client.api("GET", "/collections").json()["items"] == []
    assert charlie_client.api("POST", f"{path}/images", ids(theirs)).json() == {"added": 1, "images": 2}
    assert owner_client.api("GET", f"/images/{theirs.pk}").status_code == 200
    error_of(charlie_client.api("DELETE", f"{path}/images/{own.pk}"), 404, "not_found")
    assert charlie_client.api("DELETE", f"{path}/images/{theirs.pk}").status_code == 204
    for method, where, body in (
        ("PATCH", "", {"name": "x"}),
        ("DELETE", "", None),
        ("PUT", "/order", ids(own)),
        ("GET", "/members", None),
        ("PUT", "/members/bob", {}),
        ("POST", "/links", {}),
    ):
        error_of(charlie_client.api(method, f"{path}{where}", body), 404, "not_found")
    assert charlie_client.api("DELETE", f"{path}/members/charlie").status_code == 204
    error_of(charlie_client.api("GET", path), 404, "not_found")


def test_cover_order_and_visibility_are_the_owners(owner_client, charlie_client, alice, path):
    one, two = make_image(alice), make_image(alice)
    owner_client.api("POST", f"{path}/images", ids(one, two))
    assert owner_client.api("PUT", f"{path}/order", ids(one, two)).json() == {"ordered": 2}
    changed = owner_client.api("PATCH", path, {"visibility": "members", "cover": str(two.pk)}).json()
    assert (changed["visibility"], changed["cover"], changed["name"]) == ("members", str(two.pk), "Skies")
    assert changed["cover_url"] == f"/images/{two.pk}/thumbnail"
    seen = charlie_client.api("GET", path).json()
    assert (seen["is_own"], seen["may_add"]) == (False, False)
    error_of(charlie_client.api("POST", f"{path}/images", ids(one)), 422, "invalid_parameters")
    for wrong in ({"visibility": "all"}, {"cover": str(make_image(alice).pk)}):
        assert list(error_of(owner_client.api("PATCH", path, wrong), 422, "invalid_parameters")) == list(wrong)
    assert owner_client.api("PATCH", path, {"cover": None}).json()["cover_url"] == f"/images/{one.pk}/thumbnail"
