"""Pages of notices, and the bell of every page."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sdsite.accounts.models import Notice, PushDevice, User
from sdsite.accounts.notices import notify

pytestmark = pytest.mark.django_db


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


def counts_of(response):
    """Return the texts of the badges, and whether they are hidden."""
    found = re.findall(r"data-bell-count( hidden)?>([^<]*)<", response.content.decode())
    return {(count, bool(hidden)) for hidden, count in found}


def test_strangers_log_in_first(client):
    for path in ("/notices/", "/notices/1/"):
        assert client.get(path).status_code == 302


def test_the_list_says_what_happened_and_links_to_it(as_alice, alice, charlie):
    first = notify(alice, "collection_shared", actor=charlie, collection="<b>Skies</b>", url=reverse("collections"))
    notify(charlie, "budget_used")
    page = as_alice.get("/notices/")
    assert "&lt;b&gt;Skies&lt;/b&gt;" in page.content.decode()
    assert "1 unread" in text_of(page)
    assert page.content.decode().count("notices__row--unread") == 1
    opened = as_alice.get(f"/notices/{first.pk}/")
    assert (opened.status_code, opened["Location"]) == (302, reverse("collections"))
    assert "notices__row--unread" not in as_alice.get("/notices/").content.decode()


def test_looking_at_the_address_alone_marks_nothing(as_alice, alice):
    notice = notify(alice, "budget_used")
    assert as_alice.head(f"/notices/{notice.pk}/").status_code == 302
    assert Notice.objects.unread().count() == 1
    assert as_alice.get(f"/notices/{notice.pk}/")["Location"] == "/notices/"


@pytest.mark.parametrize("pk", ["{pk}", 0, 2**63, 10**30])
def test_those_of_others_do_not_exist(as_charlie, alice, pk):
    notice = notify(alice, "budget_used")
    assert as_charlie.get(f"/notices/{str(pk).format(pk=notice.pk)}/").status_code == 404
    assert Notice.objects.unread().count() == 1


def test_marking_all_spares_what_came_since(as_alice, alice):
    notify(alice, "budget_low", percent=80)
    page = as_alice.get("/notices/").content.decode()
    until = re.search(r'name="until" value="([^"]+)"', page)[1]
    notify(alice, "budget_used")
    assert as_alice.post("/notices/read/", {"until": until})["Location"] == "/notices/"
    assert [notice.kind for notice in Notice.objects.unread()] == ["budget_used"]


@pytest.mark.parametrize("until", ["", "soon", "2026-13-41T00:00:00Z", "2026-01-01T00:00:00"])
def test_marking_all_asks_for_a_moment(as_alice, alice, until):
    notify(alice, "budget_used")
    assert as_alice.post("/notices/read/", {"until": until}).status_code == 404
    assert as_alice.get("/notices/read/").status_code == 405
    assert Notice.objects.unread().count() == 1


def test_without_any_it_says_what_will_come(as_alice):
    assert "No notices yet" in text_of(as_alice.get("/notices/"))


def test_older_ones_are_on_further_pages(as_alice, alice, monkeypatch):
    monkeypatch.setattr("sdsite.accounts.notices.pages.NOTICES_OF_A_PAGE", 2)
    for number in range(3):
        notify(alice, "budget_low", percent=10 + number)
    first = as_alice.get("/notices/").content.decode()
    assert ("12 %" in first, "10 %" in first) == (True, False)
    older = as_alice.get("/notices/" + re.search(r'href="(\?cursor=[^"]+)"', first)[1]).content.decode()
    assert ("12 %" in older, "10 %" in older) == (False, True)
    assert as_alice.get("/notices/?cursor=nonsense").status_code == 404


def test_the_badge_costs_no_query(as_alice, alice, django_assert_num_queries, django_capture_on_commit_callbacks):
    quiet = as_alice.get("/settings/")
    assert counts_of(quiet) == {("0", True)}
    with CaptureQueriesContext(connection) as before:
        as_alice.get("/settings/shortcuts/")
    assert not [one for one in before.captured_queries if "accounts_notice" in one["sql"]]
    with django_capture_on_commit_callbacks(execute=True):
        notify(alice, "budget_used")
    with django_assert_num_queries(len(before)):
        assert counts_of(as_alice.get("/settings/shortcuts/")) == {("1", False)}
    User.objects.filter(pk=alice.pk).update(unread_notices=100)
    assert counts_of(as_alice.get("/settings/")) == {("99+", False)}


def test_ones_own_devices_are_listed_and_removed(as_alice, as_charlie, device):
    page = as_alice.get("/settings/notices/").content.decode()
    assert "Firefox on Linux" in page
    assert device.endpoint not in page
    assert "Firefox on Linux" not in as_charlie.get("/settings/notices/").content.decode()
    address = reverse("notice_device_remove", args=[device.pk])
    for client, number in ((as_charlie, device.pk), (as_alice, 0), (as_alice, 2**63)):
        assert client.post(reverse("notice_device_remove", args=[number])).status_code == 404
    assert as_alice.get(address).status_code == 405
    assert "no more push messages" in as_alice.post(address, follow=True).content.decode()
    assert not PushDevice.objects.exists()
