"""A webhook is switched off after many failures over an hour, or at once when gone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation.models import Webhook, WebhookDelivery
from generation.webhooks import catalog, endpoint_health
from sdsite.accounts.models import AuditEvent
from tests.generation.conftest import send_all, wait_is_over

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(hook):
    """A delivery that waits to be sent."""
    return WebhookDelivery.objects.create(webhook=hook, event=catalog.TEST_EVENT)


def look(delivery):
    delivery.refresh_from_db()
    return delivery


def test_many_failures_in_a_row_over_an_hour_switch_a_webhook_off(receiver, delivery, hook):
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


def test_many_failures_within_a_moment_do_not_switch_it_off(receiver, delivery, hook):
    Webhook.objects.update(failures=catalog.MOST_FAILURES, failing_since=timezone.now())
    receiver.answers = [(500, {})]
    send_all()
    hook.refresh_from_db()
    assert hook.enabled


def test_status_410_switches_it_off_at_once(receiver, delivery, hook):
    receiver.answers = [(410, {})]
    send_all()
    hook.refresh_from_db()
    assert not hook.enabled
