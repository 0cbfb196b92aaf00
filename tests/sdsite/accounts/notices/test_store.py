"""Storing of notices: who is told, what joins, what is kept."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sdsite.accounts.models import Notice, User
from sdsite.accounts.notices import notify, store
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


def texts(client):
    return [one["text"] for one in client.get("/api/v1/notices").json()["items"]]


def badge_of(user):
    return User.objects.values_list("unread_notices", flat=True).get(pk=user.pk)


def test_nobody_is_told_what_they_did_themselves(alice):
    assert notify(alice, "image_liked", actor=alice) is None
    assert notify(0, "job_failed") is None
    assert not Notice.objects.exists()


def test_a_notice_leads_to_this_site_only(alice):
    for url in ("https://example.org/", "//example.org/", "javascript:alert(1)"):
        with pytest.raises(ValueError, match="path on this site"):
            notify(alice, "job_failed", url=url)


def test_an_unknown_kind_is_a_mistake(alice):
    with pytest.raises(KeyError):
        notify(alice, "no_such_kind")


def test_people_who_do_the_same_join_in_one_notice_each_counted_once(alice, bob, charlie, as_alice):
    for actor in (bob, charlie, bob, make_user("dora")):
        notify(alice, "image_liked", actor=actor, group="an image", url="/images/1/")
    notify(alice, "image_liked", actor=bob, group="another image")
    assert texts(as_alice) == ["Somebody liked an image of yours.", "3 people liked an image of yours."]


def test_after_it_was_read_another_notice_begins_but_not_by_the_same_person(alice, bob, charlie, as_alice):
    notify(alice, "image_liked", actor=bob, group="an image")
    store.mark_read(user=alice)
    assert notify(alice, "image_liked", actor=bob, group="an image") is None
    notify(alice, "image_liked", actor=charlie, group="an image")
    assert texts(as_alice) == ["Somebody liked an image of yours."] * 2
    assert store.count_unread(alice) == 1


def test_what_is_older_than_the_kind_says_is_not_joined(alice, as_alice):
    first = notify(alice, "job_succeeded", group="jobs")
    Notice.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(minutes=11))
    notify(alice, "job_succeeded", group="jobs")
    notify(alice, "job_succeeded", group="jobs")
    assert texts(as_alice) == ["2 jobs of yours are done.", "A job of yours is done."]


def test_one_notice_may_tell_of_several_at_once(alice, as_alice):
    notify(alice, "image_held", group="held", count=3, reason="It shows a face.")
    notify(alice, "image_held", group="held")
    assert Notice.objects.get().detail["count"] == 4
    assert texts(as_alice)[0].startswith("4 images of yours are under review")
    assert texts(as_alice)[0].endswith("It shows a face.")


def test_only_the_newest_are_kept(alice, monkeypatch):
    monkeypatch.setattr(store, "MOST_NOTICES", 3)
    for number in range(5):
        notify(alice, "budget_low", percent=number)
    kept = [notice.detail["percent"] for notice in Notice.objects.filter(person=alice)]
    assert kept == [4, 3, 2]


def test_old_ones_are_removed_and_leave_the_badge(alice, bob, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        old, young = notify(alice, "budget_used"), notify(alice, "budget_used")
        notify(bob, "budget_used")
    assert badge_of(alice) == 2
    Notice.objects.filter(pk=old.pk).update(created_at=timezone.now() - store.KEPT_FOR - timedelta(hours=1))
    assert store.remove_old() == 1
    assert list(Notice.objects.filter(person=alice)) == [young]
    assert (badge_of(alice), badge_of(bob)) == (1, 1)


def test_listeners_hear_the_count_after_the_commit_only(alice, monkeypatch, django_capture_on_commit_callbacks):
    heard = []
    monkeypatch.setattr(store, "listeners", [lambda person, unread: heard.append((person, unread))])
    with django_capture_on_commit_callbacks(execute=True):
        notify(alice, "budget_used")
        assert heard == []
    assert heard == [(alice.pk, 1)]
    with django_capture_on_commit_callbacks(execute=True):
        store.mark_read(user=alice)
        store.mark_read(user=alice)  # nothing is left to mark
    assert heard == [(alice.pk, 1), (alice.pk, 0)]
    assert badge_of(alice) == 0


def test_the_name_goes_with_the_account_and_notices_with_theirs(alice, bob, as_alice):
    notify(alice, "invitation_used", actor=bob)
    notify(bob, "budget_used")
    assert texts(as_alice) == ["bob created an account by your invitation."]
    bob.delete()
    assert texts(as_alice) == ["Somebody who left created an account by your invitation."]
    assert Notice.objects.count() == 1
