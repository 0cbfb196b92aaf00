"""Old deliveries are deleted."""

from datetime import timedelta

import pytest

from generation.jobs.cancel import cancel_job
from generation.models import Webhook, WebhookDelivery
from generation.webhooks import actions
from tests.generation.conftest import log_of, send_all
from tests.support.factories import make_job

pytestmark = pytest.mark.django_db


def test_old_rows_are_deleted(alice, checkpoint, hook, receiver, monkeypatch):
    from generation.webhooks import retention

    job = make_job(alice, checkpoint)
    single = actions.create_for_job(job=job, url=receiver.url, events=["job.cancelled"], secret=None)
    cancel_job(job=job, actor=alice)
    send_all()
    monkeypatch.setattr(retention, "KEPT_PER_WEBHOOK", 1)
    assert retention.sweep() == 1
    assert [event for event, *_ in log_of(hook)] == ["job.cancelled"]
    WebhookDelivery.objects.update(created_at=hook.created_at - timedelta(days=31))
    Webhook.objects.filter(pk=single.pk).update(created_at=hook.created_at - timedelta(days=31))
    assert retention.sweep() == 2
    assert list(Webhook.objects.all()) == [hook]
