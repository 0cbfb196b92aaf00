"""How deliveries are sent: again after a failure, within bounds, signed, and to public addresses only."""

import logging
import re
import time
from datetime import timedelta

import pytest
import standardwebhooks
from django.conf import settings
from django.utils import timezone

from generation.models import Webhook, WebhookDelivery
from generation.webhooks import actions, catalog, endpoint_health, signing
from generation.webhooks import delivery as sending
from sdsite.accounts.models import AuditEvent
from tests.generation.conftest import is_signed, log_of, send_all, wait_is_over
from tests.support.factories import make_job
from tests.support.site import ROOT

pytestmark = pytest.mark.django_db
DOCS = (ROOT / "docs" / "webhooks.md").read_text()


@pytest.fixture
def delivery(hook):
    """A delivery that waits to be sent."""
    return WebhookDelivery.objects.create(webhook=hook, event=catalog.TEST_EVENT)


def look(delivery):
    delivery.refresh_from_db()
    return delivery


def test_a_failed_attempt_is_made_again_with_the_same_id_and_body(receiver, delivery, hook):
    receiver.answers = [(500, {}), (503, {})]
    for wait in catalog.BACKOFF[:2]:
        began = timezone.now()
        assert len(send_all()) == 1
        assert (look(delivery).state, delivery.error) == ("waiting", "The address answered that it did not take it.")
        assert wait <= delivery.next_attempt_at - began < wait + timedelta(seconds=5)
        wait_is_over(delivery)
    send_all()
    assert log_of(hook) == [(catalog.TEST_EVENT, "delivered", 3, 204)]
    assert len({(heard.headers["webhook-id"], heard.body) for heard in receiver.heard}) == 1
    assert all(is_signed(heard, hook.secret) for heard in receiver.heard)
    hook.refresh_from_db()
    assert (hook.failures, hook.failing_since) == (0, None)


def test_after_the_last_attempt_it_has_failed(receiver, delivery):
    receiver.answers = [(500, {})] * catalog.MOST_ATTEMPTS
    for _ in range(catalog.MOST_ATTEMPTS):
        send_all()
        wait_is_over(delivery)
    assert (look(delivery).state, delivery.attempts) == ("failed", catalog.MOST_ATTEMPTS)
    assert send_all() == []


def test_a_receiver_says_how_long_to_wait(receiver, delivery):
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
    assert [heard.path for heard in receiver.heard] == ["/hook?token=in-the-address"]


def test_a_receiver_that_never_answers_is_left_in_time(receiver, delivery, monkeypatch):
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.2)
    receiver.answers = [(None, {})]
    send_all()
    assert (look(delivery).state, delivery.error) == ("waiting", "The address did not answer within 0.2 s.")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "[::1]"])
def test_private_addresses_are_refused_when_it_comes_to_sending(receiver, delivery, hook, monkeypatch, host):
    monkeypatch.setitem(settings.ENV, "SDSITE_FETCH_ALLOW", [])
    Webhook.objects.filter(pk=hook.pk).update(url=f"http://{host}:8080/hook")
    send_all()
    assert (look(delivery).state, delivery.attempts) == ("waiting", 1)
    assert "no public address" in delivery.error
    assert receiver.heard == []


def test_a_new_secret_and_for_a_day_the_old_one_sign(receiver, hook, alice):
    old = hook.secret
    fresh = actions.rotate_secret(hook=hook, actor=alice)
    for _ in range(2):
        WebhookDelivery.objects.create(webhook=hook, event=catalog.TEST_EVENT)
        send_all()
        Webhook.objects.update(previous_until=timezone.now())
    during, after = receiver.heard
    assert (is_signed(during, old), is_signed(during, fresh)) == (True, True)
    assert (is_signed(after, old), is_signed(after, fresh)) == (False, True)


def test_the_snippet_of_the_guide_verifies_and_refuses(receiver, delivery, hook):
    (snippet,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    guide = {}
    exec(compile(snippet, "docs/webhooks.md", "exec"), guide)  # what a reader would paste
    send_all()
    (heard,) = receiver.heard
    headers = {name.lower(): value for name, value in heard.headers.items()}
    assert guide["verified"](headers, heard.body, hook.secret) == heard.message
    now = int(headers["webhook-timestamp"])
    forged = {
        "body": (headers, heard.body + b" ", hook.secret),
        "secret": (headers, heard.body, actions.make_secret()),
        "id": ({**headers, "webhook-id": "another"}, heard.body, hook.secret),
        "moment": ({**headers, "webhook-timestamp": str(now + 1)}, heard.body, hook.secret),
    }
    for what, arguments in forged.items():
        with pytest.raises(ValueError):
            pytest.fail(f"a wrong {what} passed: {guide['verified'](*arguments)}")
    old = signing.headers([hook.secret], delivery="x", timestamp=int(time.time()) - 400, body=b"{}")
    with pytest.raises(ValueError, match="old"):
        guide["verified"](old, b"{}", hook.secret)


def test_a_library_for_standard_webhooks_verifies_what_comes(receiver, delivery, hook):
    send_all()
    (heard,) = receiver.heard
    assert standardwebhooks.Webhook(hook.secret).verify(heard.body, heard.headers) == heard.message
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(actions.make_secret()).verify(heard.body, heard.headers)


def test_the_recipe_gives_what_the_specification_gives():
    signed = signing.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        delivery="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_many_failures_in_a_row_over_an_hour_switch_it_off(receiver, delivery, hook):
    waiting = WebhookDelivery.objects.create(
        webhook=hook, event=catalog.TEST_EVENT, next_attempt_at=timezone.now() + timedelta(hours=1)
    )
    Webhook.objects.update(failures=catalog.MOST_FAILURES - 2, failing_since=timezone.now() - catalog.FAILING_FOR)
    for enabled in (True, False):
        receiver.answers = [(500, {})]
        send_all()
        hook.refresh_from_db()
        assert hook.enabled is enabled
        wait_is_over(delivery)
    assert hook.switched_off_at
    assert (look(waiting).state, waiting.error) == ("failed", endpoint_health.OFF)
    assert AuditEvent.objects.get(action="webhook.switched_off").actor is None


def test_many_failures_in_a_moment_do_not(receiver, delivery, hook):
    Webhook.objects.update(failures=catalog.MOST_FAILURES, failing_since=timezone.now())
    receiver.answers = [(500, {})]
    send_all()
    hook.refresh_from_db()
    assert hook.enabled


def test_gone_switches_it_off_at_once(receiver, delivery, hook):
    receiver.answers = [(410, {})]
    send_all()
    hook.refresh_from_db()
    assert not hook.enabled


def test_what_a_dead_process_had_in_hand_is_sent_once_its_lease_is_over(receiver, delivery):
    held = sending.claim()
    assert sending.claim() is None
    later = timezone.now() + catalog.LEASE
    again = sending.claim(now=later)
    assert again == held == delivery
    sending.attempt(again)
    receiver.answers = [(500, {})]
    sending.attempt(held)  # the first one lives after all: its failure says nothing any more
    assert (look(delivery).state, delivery.attempts) == ("delivered", 2)


def test_nobody_has_more_than_a_few_under_way(hook, delivery):
    full = {hook.owner_id: sending.MOST_AT_ONCE}
    assert sending.claim(busy=sending.Counter(full)) is None
    assert sending.claim(busy=sending.Counter({hook.owner_id: sending.MOST_AT_ONCE - 1})) == delivery


def test_neither_secret_nor_address_reach_the_log(receiver, alice, checkpoint, hook, caplog):
    caplog.set_level(logging.DEBUG)
    receiver.answers = [(500, {})]
    make_job(alice, checkpoint)
    send_all()
    assert "job.queued to 127.0.0.1" in caplog.text
    for secret in (hook.secret, hook.secret.removeprefix("whsec_"), "in-the-address"):
        assert secret not in caplog.text
