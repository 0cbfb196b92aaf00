"""API of one's own notices."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sdsite.accounts.models import Notice
from sdsite.accounts.notices import notify
from tests.support.clients.api_client import error_of, knocking_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def notices(alice):
    """Five notices of alice, the newest first, a minute apart."""
    made = [notify(alice, "budget_low", percent=number, url=f"/images/{number}/") for number in range(5)]
    for age, notice in enumerate(reversed(made)):
        Notice.objects.filter(pk=notice.pk).update(created_at=timezone.now() - timedelta(minutes=age))
    return list(Notice.objects.filter(person=alice))


def test_pages_are_newest_first_and_cost_the_same(alice, charlie, notices, django_assert_num_queries):
    notify(charlie, "budget_used")
    client, seen, cursor = knocking_as(alice), [], ""
    client.api("GET", "/notices")  # the first use of a key is written down
    while cursor is not None:
        with django_assert_num_queries(3):  # key, notices, count
            page = client.api("GET", f"/notices?limit=2{cursor and f'&cursor={cursor}'}").json()
        seen += page["items"]
        assert page["unread"] == 5
        cursor = page["next"]
    assert [one["id"] for one in seen] == [notice.pk for notice in notices]
    first = seen[0]
    assert first["text"] == "You have used 4 % of your GPU time of 24 hours."
    assert (first["kind"], first["topic"], first["url"]) == ("budget_low", "budget", "/images/4/")
    assert (first["count"], first["read_at"]) == (1, None)


def test_texts_are_in_the_readers_language(alice, notices):
    page = knocking_as(alice).api("GET", "/notices?limit=1", headers={"Accept-Language": "de"}).json()
    assert "GPU-Zeit" in page["items"][0]["text"]


def test_one_is_marked_as_read(alice, notices):
    client = knocking_as(alice)
    for _ in range(2):
        assert client.api("POST", f"/notices/{notices[1].pk}/read").json() == {"unread": 4}
    assert client.api("GET", "/notices/count").json() == {"unread": 4}
    unread = client.api("GET", "/notices?unread=true").json()["items"]
    assert notices[1].pk not in [one["id"] for one in unread]
    assert len(unread) == 4


def test_all_are_marked_as_read_or_those_up_to_a_moment(alice, notices):
    client = knocking_as(alice)
    until = client.api("GET", "/notices").json()["items"][2]["created_at"]  # to the millisecond
    assert client.api("POST", "/notices/read", {"until": until}).json() == {"unread": 2}
    assert client.api("POST", "/notices/read", {}).json() == {"unread": 0}


def test_those_of_others_do_not_exist(charlie, notices):
    client = knocking_as(charlie)
    assert client.api("GET", "/notices").json() == {"items": [], "next": None, "unread": 0}
    for pk in (notices[0].pk, 0, 2**63, 10**30):
        error_of(client.api("POST", f"/notices/{pk}/read"), 404, "not_found")
    client.api("POST", "/notices/read", {})
    assert Notice.objects.unread().count() == 5


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=x", "unread=maybe", "colour=red"])
def test_bad_values_are_refused(alice, query):
    assert knocking_as(alice).api("GET", f"/notices?{query}").status_code in (400, 422)


@pytest.mark.parametrize("body", [{"until": "yesterday"}, {"until": "2026-01-01T00:00:00"}, {"all": True}])
def test_bad_bodies_are_refused(alice, body):
    assert knocking_as(alice).api("POST", "/notices/read", body).status_code in (400, 422)
