"""Delivering webhooks: again after a failure, within bounds, to public addresses only."""

import logging
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from generation.models import Webhook, WebhookDelivery
from generation.webhooks import catalog
from generation.webhooks import delivery as sending
from tests.generation.conftest import is_signed, log_of, send_all, wait_is_over
from tests.support.factories import make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(hook):
    """A delivery that waits to be sent."""
    return WebhookDelivery.objects.create(webhook=hook, event=catalog.TEST_EVENT)


def look(delivery):
    delivery.refresh_from_db()
    return delivery


def test_a_failed_attempt_is_retried_with_the_same_id_and_body(receiver, delivery, hook):
    receiver.answers = [(500, {}), (503, {})]
    for wait in catalog.BACKOFF[:2]:
        began = timezone.now()
        assert len(send_all()) == 1
        assert (look(delivery).state, delivery.error) == ("waiting", "The address did not answer with a 2xx status.")
        assert wait <= delivery.next_attempt_at - began < wait + timedelta(seconds=5)
        wait_is_over(delivery)
    send_all()
    assert log_of(hook) == [(catalog.TEST_EVENT, "delivered", 3, 204)]
    assert len({(received.headers["webhook-id"], received.body) for received in receiver.received}) == 1
    assert all(is_signed(received, hook.secret) for received in receiver.received)
    hook.refresh_from_db()
    assert (hook.failures, hook.failing_since) == (0, None)


def test_a_delivery_fails_after_the_last_attempt(receiver, delivery):
    receiver.answers = [(500, {})] * catalog.MOST_ATTEMPTS
    for _ in range(catalog.MOST_ATTEMPTS):
        send_all()
        wait_is_over(delivery)
    assert (look(delivery).state, delivery.attempts) == ("failed", catalog.MOST_ATTEMPTS)
    assert send_all() == []


def test_retry_after_lengthens_the_pause(receiver, delivery):
    receiver.answers = [(429, {"Retry-After": "900"})]
    send_all()
    assert look(delivery).next_attempt_at - timezone.now() > timedelta(seconds=890)
    receiver.answers = [(429, {"Retry-After": "9" * 15})]
    wait_is_over(delivery)
    send_all()
    assert look(delivery).next_attempt_at - timezone.now() <= catalog.LONGEST_RETRY_AFTER


def test_redirects_are_not_followed(receiver, delivery):
    receiver.answers = [(307, {"Location": f"http://127.0.0.1:{receiver.server_port}/elsewhere"})]
    send_all()
    assert (look(delivery).state, delivery.response_status) == ("waiting", 307)
    assert "not followed" in delivery.error
    assert [received.path for received in receiver.received] == ["/hook?token=in-the-address"]


def test_a_receiver_that_never_answers_times_out(receiver, delivery, monkeypatch):
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.2)
    receiver.answers = [(None, {})]
    send_all()
    assert (look(delivery).state, delivery.error) == ("waiting", "The URL did not answer within 0.2 s.")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "[::1]"])
def test_private_addresses_are_refused_at_the_time_of_sending(receiver, delivery, hook, monkeypatch, host):
    monkeypatch.setitem(settings.ENV, "SDSITE_FETCH_ALLOW", [])
    Webhook.objects.filter(pk=hook.pk).update(url=f"http://{host}:8080/hook")
    send_all()
    assert (look(delivery).state, delivery.attempts) == ("waiting", 1)
    assert "no public address" in delivery.error
    assert receiver.received == []


def test_a_delivery_of_a_dead_process_is_sent_after_its_lease(receiver, delivery):
    held = sending.claim()
    assert sending.claim() is None
    later = timezone.now() + catalog.LEASE
    again = sending.claim(now=later)
    assert again == held == delivery
    sending.attempt(again)
    receiver.answers = [(500, {})]
    sending.attempt(held)  # the first one lives after all: its failure says nothing any more
    assert (look(delivery).state, delivery.attempts) == ("delivered", 2)


def test_deliveries_under_way_are_limited_per_owner(hook, delivery):
    full = {hook.owner_id: sending.MOST_PER_OWNER}
    assert sending.claim(busy=sending.Counter(full)) is None
    assert sending.claim(busy=sending.Counter({hook.owner_id: sending.MOST_PER_OWNER - 1})) == delivery


def test_neither_secret_nor_address_reach_the_log(receiver, alice, checkpoint, hook, caplog):
    caplog.set_level(logging.DEBUG)
    receiver.answers = [(500, {})]
    make_job(alice, checkpoint)
    send_all()
    assert "job.queued to 127.0.0.1" in caplog.text
    for secret in (hook.secret, hook.secret.removeprefix("whsec_"), "in-the-address"):
        assert secret not in caplog.text
