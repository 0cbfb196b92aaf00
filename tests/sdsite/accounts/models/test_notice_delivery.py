"""Rows of the ways by which notices leave the site."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sdsite.accounts.models import Notice, NoticeDelivery, PushDevice

pytestmark = pytest.mark.django_db


def test_what_is_due_comes_the_longest_due_first(alice):
    notice, now = Notice.objects.create(person=alice, kind="budget_used"), timezone.now()
    for minutes in (-1, 5, -3):
        at = now + timedelta(minutes=minutes)
        NoticeDelivery.objects.create(notice=notice, person=alice, way="email", next_attempt_at=at)
    due = NoticeDelivery.objects.due(now)
    assert [(row.next_attempt_at - now).total_seconds() for row in due] == [-180, -60]
    assert str(due[0]) == f"email of notice {notice.pk}"


def test_people_see_their_own_devices_by_name(alice, charlie):
    mine = PushDevice.objects.create(person=alice, endpoint="https://push.example.org/1", digest="1", name="Firefox")
    other = PushDevice.objects.create(person=charlie, endpoint="https://push.example.org/2", digest="2")
    assert list(PushDevice.objects.visible_to(alice)) == [mine]
    assert (str(mine), str(other)) == ("Firefox", f"device {other.pk}")


def test_all_of_it_goes_with_the_account(alice):
    device = PushDevice.objects.create(person=alice, endpoint="https://push.example.org/1", digest="1")
    notice = Notice.objects.create(person=alice, kind="budget_used")
    NoticeDelivery.objects.create(notice=notice, person=alice, way="push", device=device)
    alice.delete()
    assert not NoticeDelivery.objects.exists()
    assert not PushDevice.objects.exists()
