"""Suspensions as decisions: written down at every door, and appealed against while they last."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gallery.actions.moderation.appeals import NotAppealable, decide_appeal
from gallery.actions.moderation.suspensions import appeal_suspension, decision_of, suspend_person
from gallery.models import Appeal, ModerationAction
from sdsite.accounts.models import Suspension, User
from sdsite.accounts.roles.suspension import end_suspension, suspend
from tests.support.clients.api_client import knocking_as
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("door", ["api", "page", "list"])
def test_each_door_writes_the_decision_down(root, as_root, alice, act, door):
    if door == "api":
        until = (timezone.now() + timedelta(days=6, hours=1)).isoformat()
        path = f"/admin/people/{alice.pk}/suspension"
        knocking_as(root, "admin").api("PUT", path, {"until": until, "reason": "spam"})
    elif door == "page":
        as_root.post(reverse("admin:accounts_user_suspend_this", args=[alice.pk]), {"days": "7", "reason": "spam"})
    else:
        act(as_root, reverse("admin:accounts_user_changelist"), "deactivate", alice)
    row = ModerationAction.objects.get()
    listed = door == "list"
    assert (row.deed, row.person, row.moderator, row.text) == ("suspend", alice, root, "" if listed else "spam")
    assert row.days == (None if listed else 7)
    assert decision_of(Suspension.objects.get()) == row


def test_an_appeal_is_decided_by_somebody_else_and_ends_it(alice, root):
    other = make_user("other", is_superuser=True, is_staff=True)
    row = suspend_person(person=alice, until=None, reason="spam", actor=root)
    made = appeal_suspension(suspension=row, text="It was my cat.")
    with pytest.raises(NotAppealable, match="already"):
        appeal_suspension(suspension=row, text="Again.")
    with pytest.raises(NotAppealable, match="Another moderator"):
        decide_appeal(pk=made.pk, actor=root, accept=True)
    decide_appeal(pk=made.pk, actor=other, accept=True)
    assert User.objects.get(pk=alice.pk).is_active
    assert not Suspension.objects.exists()


def test_a_suspension_of_before_is_written_down_by_its_appeal(alice, root):
    until = timezone.now() + timedelta(days=3)
    row = suspend(user=alice, until=until, reason="spam", actor=root)
    assert decision_of(row) is None
    appeal_suspension(suspension=row, text="No.")
    decision = Appeal.objects.get().decision
    assert (decision.moderator, decision.person, decision.days, decision.at) == (root, alice, 3, row.at)
    assert Suspension.objects.get().decision == decision.pk


def test_there_is_none_once_it_ended_or_was_replaced(alice, root):
    first = suspend_person(person=alice, until=None, reason="once", actor=root)
    suspend_person(person=alice, until=None, reason="twice", actor=root)
    with pytest.raises(NotAppealable, match="ended"):
        appeal_suspension(suspension=first, text="No.")
    end_suspension(user=alice, actor=root)
    with pytest.raises(NotAppealable, match="ended"):
        appeal_suspension(suspension=first, text="No.")
    assert not Appeal.objects.exists()
