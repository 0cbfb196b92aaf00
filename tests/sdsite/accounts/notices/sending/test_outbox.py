"""What is to be sent of a notice is stored with it."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from sdsite.accounts.models import NoticeDelivery
from sdsite.accounts.notices import notify
from sdsite.accounts.notices.choices import choose

pytestmark = pytest.mark.django_db


def test_it_goes_by_the_ways_that_were_chosen(alice, charlie, device, settings, waiting):
    notify(charlie, "budget_used")  # has no device
    assert waiting() == []
    notify(alice, "image_liked")  # by default on the site alone
    assert waiting() == []
    notify(alice, "budget_used")
    assert waiting() == [("push", 0)]
    settings.MAIL_IS_SENT = True
    choose(user=alice, choices={"likes": ["email"]})
    notify(alice, "image_liked")
    assert sorted(waiting()) == [("email", 0), ("push", 0)]


def test_mails_wait_for_others_but_not_those_about_safety(alice, settings):
    settings.MAIL_IS_SENT = True
    choose(user=alice, choices={"likes": ["email"]})
    notify(alice, "new_sign_in", device="Firefox")
    notify(alice, "image_liked")
    soon, later = NoticeDelivery.objects.order_by("next_attempt_at")
    assert soon.notice.kind == "new_sign_in"
    assert later.next_attempt_at - soon.next_attempt_at > timedelta(minutes=9)


def test_without_an_address_no_mail(alice, settings, waiting):
    settings.MAIL_IS_SENT = True
    alice.email = ""
    alice.save(update_fields=["email"])
    notify(alice, "new_sign_in", device="Firefox")
    assert waiting() == []


def test_more_of_the_same_waits_once_and_goes_later(alice, bob, charlie, device, waiting):
    notify(alice, "job_failed", group="jobs")
    NoticeDelivery.objects.all().delete()  # it was sent
    for _ in range(3):
        notify(alice, "job_failed", group="jobs")
    assert waiting() == [("push", 0)]
    assert NoticeDelivery.objects.get().next_attempt_at > timezone.now() + timedelta(minutes=9)


def test_what_is_undone_sends_nothing(alice, device, waiting):
    with transaction.atomic():
        notify(alice, "budget_used")
        transaction.set_rollback(True)
    assert waiting() == []
