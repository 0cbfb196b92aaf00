"""Rules over the API: who may, creating, changing, removing, trying."""

import pytest

from gallery.models import Rule
from gallery.rules import changes
from sdsite.accounts.models import AuditEvent
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.factories import make_job
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db

RULE = {"name": "Airships", "scope": "prompt", "decision": "refuse", "words": "zeppelin", "reason": "No airships"}


@pytest.fixture
def client(root):
    return knocking_as(root, "admin")


def test_a_rule_is_created_changed_and_removed(client, owner_client, checkpoint, root):
    made = client.api("POST", "/admin/rules", RULE)
    assert made.status_code == 201, made.content
    number = made.json()["number"]
    assert made.json()["content"]["words"] == "zeppelin"
    error_of(owner_client.api("POST", "/jobs", {"prompt": "a zeppelin"}), 403, "refused_by_rule")

    changed = client.api("PUT", f"/admin/rules/{number}", {**RULE, "decision": "notify"}).json()
    assert (changed["content"]["decision"], changed["version"] > made.json()["version"]) == ("notify", True)
    assert owner_client.api("POST", "/jobs", {"prompt": "a zeppelin"}).status_code == 202
    assert client.api("GET", f"/admin/rules/{number}").json() == changed
    assert client.api("GET", "/admin/rules").json() == {"items": [changed]}

    assert client.api("DELETE", f"/admin/rules/{number}").status_code == 204
    for method in ("GET", "DELETE"):
        error_of(client.api(method, f"/admin/rules/{number}"), 404, "not_found")
    error_of(client.api("PUT", f"/admin/rules/{number}", RULE), 404, "not_found")
    versions = client.api("GET", f"/admin/rules/{number}/versions").json()["items"]
    assert [one["content"] and one["content"]["decision"] for one in versions] == [None, "notify", "refuse"]
    assert {one["saved_by"] for one in versions} == {"root"}
    assert AuditEvent.objects.filter(action="rule.changed", actor=root).count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"words": "", "expression": "(a"}, "missing"),
        ({"words": "", "expression": "(?<!a)b"}, "look-behind"),
        ({"words": "x" * 501}, "500"),
        ({"scope": "burst"}, "for the scope prompt"),
        ({"roles": [2**40]}, "roles must be ids"),
        ({"colour": "red"}, "colour is not known"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(client, change, said):
    response = client.api("POST", "/admin/rules", RULE | change)
    error_of(response, 422, "invalid_parameters")
    assert said in response.json()["error"]["message"]
    assert not Rule.objects.exists()


def test_there_are_only_so_many(client, monkeypatch):
    monkeypatch.setattr(changes, "MOST_RULES", 0)
    error_of(client.api("POST", "/admin/rules", RULE), 409, "too_many_rules")


def test_only_staff_who_manage_rules_may(moderator, owner_client):
    make_rule()
    client = knocking_as(moderator, "admin")
    number = Rule.objects.get().pk
    requests = [
        ("GET", "/admin/rules", None),
        ("POST", "/admin/rules", RULE),
        ("POST", "/admin/rules/test", {"rule": RULE}),
        ("GET", f"/admin/rules/{number}", None),
        ("PUT", f"/admin/rules/{number}", RULE),
        ("DELETE", f"/admin/rules/{number}", None),
        ("GET", f"/admin/rules/{number}/versions", None),
        ("GET", "/admin/rule-hits", None),
        ("POST", "/admin/rule-hits/close", {"ids": ["00000000-0000-4000-8000-000000000000"]}),
    ]
    for method, path, body in requests:
        error_of(client.api(method, path, body), 403, "not_allowed")
    assert Rule.objects.kept().count() == 1


def test_a_rule_is_tried_on_a_text_and_on_the_past(client, alice, checkpoint):
    job = make_job(alice, checkpoint, prompt="a zeppelin at night")
    make_job(alice, checkpoint)
    text = client.api("POST", "/admin/rules/test", {"rule": RULE, "text": "two Zeppelin"}).json()
    assert (text["matched"], text["caught"], text["examples"]) == ("Zeppelin", 1, [])
    assert client.api("POST", "/admin/rules/test", {"rule": RULE, "text": "a heart"}).json()["matched"] is None
    past = client.api("POST", "/admin/rules/test", {"rule": RULE}).json()
    assert (past["looked_at"], past["caught"], past["people"], past["complete"]) == (2, 1, 1, True)
    [example] = past["examples"]
    assert (example["user"], example["job"], example["text"]) == ("alice", str(job.pk), "a zeppelin at night")
    assert not Rule.objects.exists()
