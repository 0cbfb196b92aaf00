"""Tab of the desk: matches of rules, closed one by one or all of the page."""

import uuid

import pytest
from django.urls import reverse

from gallery.models import RuleHit
from gallery.rules import hits
from gallery.rules.judge import judge_prompt
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def matches(alice):
    """Two open matches of a request of alice's."""
    make_rule(decision="hold")
    make_rule(decision="notify", words="heart")
    judgement = judge_prompt(user_id=alice.pk, prompts=["a heart on a zeppelin"])
    return hits.record(judgement, user_id=alice.pk, door="api", job_id=uuid.uuid4())


def test_moderators_see_what_matched_and_close_it_once(as_moderator, moderator, matches):
    page = as_moderator.get(reverse("moderation_hits"))
    assert {row["hit"].matched for row in page.context["rows"]} == {"zeppelin", "heart"}
    assert {str(row["outcome"]) for row in page.context["rows"]} == {"put under review"}
    url = reverse("moderation_close_hits")
    said = as_moderator.post(url, {"hit": [str(matches[0].pk), "x"]}, follow=True)
    assert "1 match closed." in said.content.decode()
    assert RuleHit.objects.get(pk=matches[0].pk).closed_by == moderator
    assert [row["hit"] for row in said.context["rows"]] == [matches[1]]
    assert "It was closed before." in as_moderator.post(url, {"hit": str(matches[0].pk)}, follow=True).content.decode()


def test_who_may_only_view_closes_nothing_and_others_see_nothing(as_moderator, moderator, as_alice, client, matches):
    for one, status in ((as_alice, 403), (client, 302)):
        assert one.get(reverse("moderation_hits")).status_code == status
        assert one.post(reverse("moderation_close_hits"), {"hit": str(matches[0].pk)}).status_code == status
    moderator.user_permissions.set(moderator.user_permissions.filter(codename="view_image"))
    assert as_moderator.get(reverse("moderation_hits")).status_code == 200
    assert as_moderator.post(reverse("moderation_close_hits"), {"hit": str(matches[0].pk)}).status_code == 403
    assert RuleHit.objects.open().count() == 2
