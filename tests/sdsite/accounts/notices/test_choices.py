"""Choices of what people are told, and how: on the settings page and over the API."""

import re

import pytest

from sdsite.accounts.models import Notice, User
from sdsite.accounts.notices import notify
from sdsite.accounts.notices.choices import TOPICS, choose, ways_of
from sdsite.accounts.notices.kinds import KINDS
from tests.support.clients.api_client import error_of, knocking_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def mail(settings):
    settings.MAIL_IS_SENT = True


def boxes_of(client):
    """Return the names of the boxes on the settings page, with whether each is ticked."""
    page = client.get("/settings/notices/").content.decode()
    found = re.findall(r'<input type="checkbox" name="([a-z.]+)"[^>]*?( checked)?>', page)
    return {name: bool(checked) for name, checked in found}


def test_every_kind_has_a_topic_and_every_topic_a_kind():
    assert {kind.topic for kind in KINDS.values()} == set(TOPICS)


def test_only_what_the_site_can_do_is_offered(as_alice, as_root):
    boxes = boxes_of(as_alice)
    assert boxes["likes.site"]
    assert not [name for name in boxes if name.endswith(".email")]
    assert not [name for name in boxes if name.startswith("requests.")]
    assert boxes_of(as_root)["requests.site"]


def test_mail_is_off_by_default_but_for_the_safety_of_the_account(as_alice, mail):
    boxes = boxes_of(as_alice)
    assert [name for name, on in boxes.items() if name.endswith(".email") and on] == ["security.email"]


def test_what_is_ticked_is_kept(as_alice, alice, mail):
    before = boxes_of(as_alice)
    wanted = {name for name, on in before.items() if on} - {"likes.site"} | {"jobs.email"}
    saved = as_alice.post("/settings/notices/", dict.fromkeys(wanted, "on"), follow=True)
    assert "Saved" in saved.content.decode()
    assert {name for name, on in boxes_of(as_alice).items() if on} == wanted
    alice.refresh_from_db()
    assert notify(alice, "image_liked") is None
    assert not Notice.objects.exists()


def test_a_way_that_is_not_offered_now_stays_as_it_was(as_alice, alice, settings):
    settings.MAIL_IS_SENT = True
    choose(user=alice, choices={"jobs": ["email"]})
    settings.MAIL_IS_SENT = False
    as_alice.post("/settings/notices/", {"jobs.site": "on"})
    alice.refresh_from_db()
    assert ways_of(alice, "jobs") == {"site", "email"}


def test_choices_leave_other_preferences_alone(alice):
    User.objects.filter(pk=alice.pk).update(preferences={"hints_read": True})
    choose(user=alice, choices={"likes": []})
    alice.refresh_from_db()
    assert alice.preferences == {"hints_read": True, "notices": {"likes": []}}


def test_what_goes_by_other_ways_alone_is_in_no_list(alice, as_alice, mail):
    choose(user=alice, choices={"likes": ["email"]})
    notify(alice, "image_liked")
    assert not Notice.objects.get().on_site
    assert as_alice.get("/api/v1/notices").json()["items"] == []


def test_programs_choose_too(alice, mail):
    client = knocking_as(alice)
    shown = client.api("GET", "/notices/choices").json()
    assert shown["offered"][0] == "site"
    assert {"topic": "likes", "title": "Likes of your images", "ways": ["site"]} in shown["topics"]
    changed = client.api("PATCH", "/notices/choices", {"choices": {"likes": ["email", "site"], "jobs": []}}).json()
    ways = {one["topic"]: one["ways"] for one in changed["topics"]}
    assert (ways["likes"], ways["jobs"], ways["budget"]) == (
        ["site", "email"],
        [],
        ["site", "push"][: len(ways["budget"])],
    )
    assert client.api("PATCH", "/notices/choices", {"choices": {}}).json() == changed


@pytest.mark.parametrize(
    "choices", [{"weather": ["site"]}, {"likes": ["pigeon"]}, {"likes": "site"}, {"requests": ["site"]}]
)
def test_unknown_topics_and_ways_are_refused(alice, choices):
    error_of(knocking_as(alice).api("PATCH", "/notices/choices", {"choices": choices}), 422, "invalid_parameters")
    alice.refresh_from_db()
    assert alice.preferences == {}
