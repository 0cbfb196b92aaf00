"""Notices of rules that notify: who gets one, and that a burst makes one with its number."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from gallery.rules import hits, telling
from gallery.rules.judge import judge_prompt
from sdsite.accounts.models import Notice
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_user
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db


def match(user, prompt="a zeppelin over a heart"):
    hits.record(judge_prompt(user_id=user.pk, prompts=[prompt]), user_id=user.pk, door="api")


def test_those_who_see_matches_are_told_and_the_notice_leads_there(alice, moderator, root, charlie):
    make_user("clerk", is_staff=True)  # staff who sees no images
    gone = make_user("gone", is_staff=True, is_active=False)
    gone.user_permissions.set(Permission.objects.filter(codename="view_image"))
    make_rule(name="Airships", decision="notify")
    match(alice)
    told = Notice.objects.filter(kind="rule_matched")
    assert {notice.person for notice in told} == {moderator, root}
    page = client_of(moderator).get(told.get(person=moderator).url)
    assert (page.status_code, page.request["PATH_INFO"]) == (200, reverse("moderation_hits"))
    assert "Airships" in page.content.decode()


def test_a_burst_makes_one_notice_with_its_number(alice, charlie, moderator, valkey):
    make_rule(name="Airships", decision="notify")
    make_rule(name="Hearts", decision="notify", words="heart")
    for user in (alice, charlie, alice):
        match(user)
    match(charlie, "a zeppelin")
    [notice] = Notice.objects.filter(person=moderator)
    assert notice.detail["count"] == 7
    said = client_of(moderator).get("/api/v1/notices").json()["items"][0]["text"]
    assert said == "Rules matched 7 times, the last one is “Airships”."


def test_a_rule_that_notifies_beside_a_stricter_one_tells_too_and_others_do_not(alice, moderator):
    make_rule(decision="hold")
    match(alice)
    assert not Notice.objects.exists()
    make_rule(name="Hearts", decision="notify", words="heart")
    match(alice)
    assert Notice.objects.get().detail["rule"] == "Hearts"


def test_nobody_is_told_of_their_own_request(moderator, root):
    make_rule(decision="notify")
    match(moderator)
    assert [notice.person for notice in Notice.objects.all()] == [root]


def test_so_many_are_told_and_no_more(alice, moderator, root, monkeypatch):
    monkeypatch.setattr(telling, "MOST_TOLD", 1)
    make_rule(decision="notify")
    match(alice)
    assert Notice.objects.count() == 1
