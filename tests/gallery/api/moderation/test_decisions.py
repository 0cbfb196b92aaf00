"""Decisions over the API: one's own, all of them with filters and an export, and undoing."""

import json

import pytest

from gallery.actions.moderation import decide
from gallery.models import Image
from tests.support.clients.api_client import ApiClient, error_of, knocking_as
from tests.support.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(alice, charlie, moderator, root):
    """Alice's image held by bob, Charlie's made private by root and deleted by a rule; the numbers."""
    hers, his = make_image(alice), make_image(charlie)
    Image.objects.update(visibility="public")
    made = []
    for image, deed, actor in ((hers, "hold", moderator), (his, "private", root), (his, "delete", None)):
        done = decide(deed=deed, images=Image.objects.filter(pk=image.pk), actor=actor, reason="rights")
        made.append(done.made[image.pk].pk)
    return made


@pytest.fixture
def administrating(root):
    return knocking_as(root, "read", "admin")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [2, 1, 0]),
        ("?moderator=bob", [0]),
        ("?person=charlie", [2, 1]),
        ("?deed=private", [1]),
        ("?person=charlie&deed=hold", []),
        ("?since=2100-01-01T00:00:00Z", []),
        ("?until=2100-01-01T00:00:00Z", [2, 1, 0]),
    ],
)
def test_administrators_filter_and_export_them(administrating, rows, query, found):
    answer = administrating.api("GET", f"/admin/decisions{query}")
    assert [item["id"] for item in answer.json()["items"]] == [rows[place] for place in found]
    export = administrating.api("GET", f"/admin/decisions/export{query}")
    lines = b"".join(export.streaming_content).decode().splitlines()
    assert [json.loads(line)["id"] for line in lines] == [rows[place] for place in found]
    assert [json.loads(line) for line in lines] == answer.json()["items"]


def test_pages_follow_each_other_at_the_same_cost(administrating, rows, django_assert_max_num_queries):
    first = administrating.api("GET", "/admin/decisions?limit=2").json()
    with django_assert_max_num_queries(4):
        rest = administrating.api("GET", f"/admin/decisions?limit=2&cursor={first['next']}").json()
    assert [item["id"] for item in first["items"] + rest["items"]] == rows[::-1]
    assert rest["next"] is None


@pytest.mark.parametrize("query", ["?deed=explode", "?limit=0", "?since=yesterday", "?colour=red", "?cursor=x"])
def test_bad_conditions_are_refused(administrating, query):
    error_of(administrating.api("GET", f"/admin/decisions{query}"), 422, "invalid_parameters")


def test_a_person_lists_their_own_alone(owner_client, rows):
    assert [item["id"] for item in owner_client.api("GET", "/decisions").json()["items"]] == [rows[0]]


def test_moderators_undo_them_and_hear_why_not(rows, moderator):
    moderating = knocking_as(moderator, "read", "moderate")
    answer = moderating.api("POST", "/moderation/decisions/undo", {"decisions": [rows[1], rows[0], 999_999]}).json()
    assert answer["undone"] == [rows[0]]
    assert "undo that one first" in answer["refused"][str(rows[1])]
    error_of(moderating.api("POST", "/moderation/decisions/undo", {"decisions": []}), 422, "invalid_parameters")
    error_of(moderating.api("POST", "/moderation/decisions/undo", {"decisions": [2**70]}), 422, "invalid_parameters")


def test_others_see_and_undo_nothing(rows, alice, bob):
    session = ApiClient()
    session.force_login(alice)
    for path in ("/admin/decisions", "/admin/decisions/export"):
        error_of(session.api("GET", path), 403, "not_allowed")
    error_of(session.api("POST", "/moderation/decisions/undo", {"decisions": rows}), 403, "not_allowed")
    bob.user_permissions.clear()  # staff, but no moderator any more
    error_of(knocking_as(bob, "admin").api("GET", "/admin/decisions"), 403, "not_allowed")
