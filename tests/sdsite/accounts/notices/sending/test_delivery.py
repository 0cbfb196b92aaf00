"""Sending notices: claimed once, tried again within bounds, forgotten when not wanted any more."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from sdsite.accounts.models import Notice, NoticeDelivery, PushDevice
from sdsite.accounts.notices import notify
from sdsite.accounts.notices.choices import choose
from sdsite.accounts.notices.sending import delivery
from sdsite.core import rate_limits
from tests.support.mail_server import MailServer

pytestmark = pytest.mark.django_db

MAILED = {"likes": ["email"], "people": ["site", "email"]}
HALF_AN_HOUR = timedelta(minutes=30)


def test_a_claim_holds_until_its_lease_runs_out(alice, device):
    notify(alice, "budget_used")
    assert len(delivery.claim()) == 1
    assert delivery.claim() is None
    assert delivery.is_wanted(within=delivery.LEASE + timedelta(seconds=5))
    assert not delivery.is_wanted()
    assert delivery.claim(now=timezone.now() + delivery.LEASE + timedelta(seconds=5))[0].attempts == 2


def test_one_person_holds_only_so_many_at_once(alice, device):
    notify(alice, "budget_used")
    assert delivery.claim(busy=Counter({alice.pk: delivery.MOST_PER_PERSON})) is None


def test_all_mails_of_a_person_are_one_mail(alice, charlie, mail_server, send_all, waiting):
    choose(user=alice, choices=MAILED)
    choose(user=charlie, choices=MAILED)
    for _ in range(2):
        notify(alice, "image_liked")
        notify(alice, "invitation_used", actor=charlie)
    notify(charlie, "image_liked")
    assert send_all() == 0  # they wait for others
    assert send_all(HALF_AN_HOUR) == 2
    assert waiting() == []
    assert len(mail_server.mails) == 2
    assert "Subject: [sdsite] 4 notices" in mail_server.mails[0]
    assert mail_server.mails[0].count("liked an image of yours") == 2


@pytest.mark.parametrize("why", ["read", "not chosen any more", "suspended", "unknown kind"])
def test_what_is_not_wanted_any_more_is_forgotten(alice, device, push_service, send_all, waiting, why):
    notice = notify(alice, "budget_used")
    if why == "read":
        Notice.objects.update(read_at=timezone.now())
    elif why == "suspended":
        type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    elif why == "unknown kind":
        Notice.objects.filter(pk=notice.pk).update(kind="of_another_version")
    else:
        choose(user=alice, choices={"budget": ["site"]})
    assert send_all() == 1
    assert (waiting(), push_service.received) == ([], [])


def test_a_push_service_that_fails_is_tried_again_and_then_given_up(alice, device, push_service, send_all, waiting):
    push_service.answers = [500] * 10
    notify(alice, "budget_used")
    for tries in range(1, len(delivery.BACKOFF) + 1):
        assert send_all() == 1
        assert waiting() == [("push", tries)]
        assert send_all() == 0  # not yet
        NoticeDelivery.objects.update(next_attempt_at=timezone.now())
    send_all()
    assert waiting() == []
    assert PushDevice.objects.count() == 1
    assert len(push_service.received) == len(delivery.BACKOFF) + 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_is_gone_is_removed(alice, device, push_service, send_all, waiting, status):
    push_service.answers = [status]
    for _ in range(2):
        notify(alice, "budget_used")
    send_all()
    assert (waiting(), PushDevice.objects.count(), len(push_service.received)) == ([], 0, 1)


def test_a_mail_server_that_refuses_is_tried_again_and_nothing_is_quoted(alice, mail_server, send_all, caplog):
    refusing = MailServer(refuses=True)
    choose(user=alice, choices=MAILED)
    notify(alice, "image_liked")
    from django.conf import settings

    good, settings.EMAIL_PORT = settings.EMAIL_PORT, refusing.port
    NoticeDelivery.objects.update(next_attempt_at=timezone.now())
    assert send_all() == 1
    refusing.stop()
    assert "SMTPDataError" in caplog.text
    assert "liked" not in caplog.text
    assert NoticeDelivery.objects.get().attempts == 1
    settings.EMAIL_PORT = good
    NoticeDelivery.objects.update(next_attempt_at=timezone.now())
    assert send_all() == 1
    assert len(mail_server.mails) == 1


def test_a_person_gets_only_so_many_mails(alice, mail_server, send_all, waiting, monkeypatch):
    def refuse(name, identity):
        assert (name, identity) == ("notice_mail", str(alice.pk))
        raise rate_limits.RateLimited(name, 3600)

    monkeypatch.setattr(rate_limits, "spend", refuse)
    notify(alice, "new_sign_in", device="Firefox")
    assert send_all() == 1
    assert waiting() == [("email", 0)]  # later, and not counted as an attempt
    assert NoticeDelivery.objects.get().next_attempt_at > timezone.now() + timedelta(minutes=55)
    assert mail_server.mails == []
