"""The audit log over the API."""

import json

import pytest

from sdsite.accounts.audit import record
from tests.support.clients.api_client import error_of, knocking_as

LIST = "/admin/audit"


@pytest.fixture
def administering(root):
    return knocking_as(root, "admin")


@pytest.fixture
def events(alice):
    return [record(actor=alice, action="style.created", target=f"ink {number}") for number in range(5)]


def test_pages_follow_each_other_newest_first(administering, events):
    found, cursor = [], ""
    for _ in range(3):
        page = administering.api("GET", f"{LIST}?action=style.created&limit=2{cursor}").json()
        found += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next']}"
    assert found == [event.pk for event in reversed(events)]
    assert page["next"] is None


def test_what_a_key_does_is_listed_with_it_and_the_address(administering, root):
    administering.api("POST", "/keys", {"name": "bot", "scopes": ["admin"]}, REMOTE_ADDR="192.0.2.8")
    [item] = administering.api("GET", f"{LIST}?address=192.0.2.8").json()["items"]
    assert (item["actor"], item["action"], item["door"]) == ("root", "api_key.created", "api")
    assert item["key"]["name"] == "tests"
    assert administering.api("GET", f"{LIST}?key={item['key']['lookup']}").json()["items"] == [item]


def test_the_export_is_json_lines(administering, events):
    answer = administering.api("GET", f"{LIST}/export?actor=alice&action=style.created")
    assert answer["Content-Type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert [line["target"] for line in lines] == [f"ink {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("query", ["who=alice", "limit=0", "limit=101", "since=soon", "cursor=x", f"actor={'x' * 151}"])
def test_bad_values_are_refused(administering, query):
    error_of(administering.api("GET", f"{LIST}?{query}"), 422, "invalid_parameters")


def test_staff_without_the_permission_are_refused(bob):
    error_of(knocking_as(bob, "admin").api("GET", LIST), 403, "not_allowed")
