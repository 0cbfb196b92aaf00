"""Matches of rules over the API: a list in pages, and closing."""

import pytest

from gallery.models import RuleHit
from gallery.rules import hits
from gallery.rules.judge import judge_prompt
from tests.support.clients.api_client import knocking_as
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db


def test_matches_are_listed_and_closed(root, alice):
    client = knocking_as(root, "admin")
    make_rule(decision="hold")
    for number in range(3):
        judgement = judge_prompt(user_id=alice.pk, prompts=[f"zeppelin {number}"])
        hits.record(judgement, user_id=alice.pk, door="api")
    first = client.api("GET", "/admin/rule-hits?limit=2").json()
    second = client.api("GET", f"/admin/rule-hits?limit=2&cursor={first['next']}").json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)
    assert {one["user"] for one in first["items"]} == {"alice"}
    ids = [one["id"] for one in first["items"]]
    assert client.api("POST", "/admin/rule-hits/close", {"ids": ids}).json() == {"closed": 2}
    assert client.api("POST", "/admin/rule-hits/close", {"ids": ids}).json() == {"closed": 0}
    assert len(client.api("GET", "/admin/rule-hits").json()["items"]) == 1
    assert len(client.api("GET", "/admin/rule-hits?state=all").json()["items"]) == RuleHit.objects.count()
