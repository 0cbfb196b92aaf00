"""Admin of what rules matched."""

import pytest
from django.urls import reverse

from gallery.models import RuleHit
from gallery.rules import hits
from gallery.rules.judge import judge_prompt
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db

LIST = "admin:gallery_rulehit_changelist"


@pytest.fixture
def hit(alice):
    make_rule(name="Airships", decision="hold")
    [row] = hits.record(judge_prompt(user_id=alice.pk, prompts=["a zeppelin"]), user_id=alice.pk, door="api")
    return row


def test_matches_are_listed_and_closed(as_root, act, hit):
    page = as_root.get(reverse(LIST)).content.decode()
    assert "Airships" in page
    assert "zeppelin" in page
    act(as_root, reverse(LIST), "close_selected", hit)
    assert not RuleHit.objects.open().exists()


def test_only_who_may_manage_rules_sees_them(as_moderator, hit):
    assert as_moderator.get(reverse(LIST)).status_code == 403
