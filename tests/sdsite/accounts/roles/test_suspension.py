"""Suspension for a time or for good."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from sdsite.accounts.leaving.deletion import ask_deletion
from sdsite.accounts.models import AccountDeletion, AuditEvent, Suspension, User
from sdsite.accounts.roles.deeds import DeedRefused
from sdsite.accounts.roles.suspension import end_due, end_suspension, suspend
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


def active(user):
    return User.objects.get(pk=user.pk).is_active


def test_it_ends_by_itself_when_its_time_is_over(root, alice, charlie, as_alice):
    now = timezone.now()
    suspend(user=alice, until=now + WEEK, reason="  spam  ", actor=root)
    suspend(user=charlie, until=None, reason="", actor=root)
    assert as_alice.get("/settings/").status_code == 302
    assert end_due(now + WEEK - timedelta(hours=1)) == 0
    assert end_due(now + WEEK) == 1
    assert (active(alice), active(charlie)) == (True, False)
    assert list(Suspension.objects.values_list("user__username", flat=True)) == ["charlie"]
    event = AuditEvent.objects.get(action="user.deactivated", target="alice")
    assert event.detail == {"until": (now + WEEK).isoformat(), "reason": "spam"}
    assert AuditEvent.objects.get(action="user.activated").actor is None


def test_ending_it_early(root, alice):
    suspend(user=alice, until=None, reason="", actor=root)
    assert end_suspension(user=alice, actor=root)
    assert active(alice)
    assert not end_suspension(user=alice, actor=root)


def test_a_second_one_replaces_the_first(root, alice):
    now = timezone.now()
    suspend(user=alice, until=now + WEEK, reason="once", actor=root)
    suspend(user=alice, until=None, reason="twice", actor=root)
    row = Suspension.objects.get()
    assert (row.until, row.reason, row.by) == (None, "twice", root)
    assert end_due(now + 10 * WEEK) == 0


@pytest.mark.parametrize("first", ["suspension", "deletion"])
@pytest.mark.parametrize("end", ["time", "by hand"])
def test_suspension_and_deletion_hold_beside_each_other(root, alice, first, end):
    now = timezone.now()
    deeds = [lambda: suspend(user=alice, until=now + WEEK, reason="", actor=root), lambda: ask_deletion(user=alice)]
    for deed in deeds if first == "suspension" else reversed(deeds):
        deed()
    due = AccountDeletion.objects.get().due_at
    if end == "time":
        assert end_due(now + WEEK) == 0
    else:
        assert not end_suspension(user=alice, actor=root)
    assert not active(alice)
    assert not Suspension.objects.exists()
    assert AccountDeletion.objects.get().due_at == due
    assert AuditEvent.objects.filter(action="user.suspension_ended", target="alice").count() == 1


def test_nobody_suspends_themselves_or_the_last_administrator(root, alice):
    with pytest.raises(ValidationError, match="yourself"):
        suspend(user=root, until=None, reason="", actor=root)
    with pytest.raises(ValidationError, match="only administrator"):
        suspend(user=root, until=None, reason="", actor=None)
    with pytest.raises(ValidationError, match="future"):
        suspend(user=alice, until=timezone.now() - WEEK, reason="", actor=root)
    other = make_user("other", is_superuser=True)
    with pytest.raises(DeedRefused, match="Manage people and roles"):
        suspend(user=root, until=None, reason="", actor=alice)
    suspend(user=root, until=None, reason="", actor=other)
    assert not active(root)
