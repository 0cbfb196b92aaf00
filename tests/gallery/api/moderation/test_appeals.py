"""Appeals over the API: by the person whom a decision is about, decided by those who may."""

import pytest

from gallery.actions.moderation import decide
from gallery.models import Image
from tests.support.clients.api_client import ApiClient, error_of, knocking_as
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def decision(alice, root):
    make_image(alice)
    [row] = decide(deed="hold", images=Image.objects.all(), actor=root, text="Too dark.").made.values()
    return row


def test_the_person_appeals_once_and_a_moderator_accepts(decision, owner_client, charlie_client, moderator):
    body = {"decision": decision.pk, "text": "It is night."}
    error_of(charlie_client.api("POST", "/appeals", body), 404, "not_found")
    made = owner_client.api("POST", "/appeals", body)
    assert (made.status_code, made.json()["outcome"]) == (201, "")
    error_of(owner_client.api("POST", "/appeals", body), 409, "not_appealable")
    moderating = knocking_as(moderator, "read", "moderate")
    [item] = moderating.api("GET", "/moderation/appeals").json()["items"]
    assert (item["person"], item["moderator"], item["deed"], item["text"]) == ("alice", "root", "hold", "It is night.")
    path = f"/moderation/appeals/{item['id']}"
    answer = {"outcome": "accepted", "answer": "True."}
    assert moderating.api("POST", path, answer).json()["outcome"] == "accepted"
    error_of(moderating.api("POST", path, answer), 409, "not_appealable")
    assert moderating.api("GET", "/moderation/appeals").json()["items"] == []
    assert len(moderating.api("GET", "/moderation/appeals?state=all").json()["items"]) == 1
    [own] = [one for one in owner_client.api("GET", "/decisions").json()["items"] if one["id"] == decision.pk]
    assert (own["undone"], own["appeal"]["answer"], own["text"]) == (True, "True.", "Too dark.")
    assert "moderator" not in own


def test_bad_values_are_refused(decision, owner_client, moderator):
    for body in ({"decision": decision.pk}, {"decision": 2**70, "text": "x"}, {"decision": decision.pk, "text": ""}):
        error_of(owner_client.api("POST", "/appeals", body), 422, "invalid_parameters")
    error_of(owner_client.api("POST", "/appeals", {"decision": 10**9, "text": "x"}), 404, "not_found")
    moderating = knocking_as(moderator, "read", "moderate")
    error_of(moderating.api("POST", "/moderation/appeals/1", {"outcome": "maybe"}), 422, "invalid_parameters")
    error_of(moderating.api("POST", "/moderation/appeals/999999", {"outcome": "declined"}), 404, "not_found")


def test_people_without_the_permission_neither_list_nor_decide(decision, alice):
    session = ApiClient()
    session.force_login(alice)
    error_of(session.api("GET", "/moderation/appeals"), 403, "not_allowed")
    error_of(session.api("POST", "/moderation/appeals/1", {"outcome": "accepted"}), 403, "not_allowed")
