"""Deactivated users and disabled webhooks get no deliveries."""

import pytest

from generation.jobs.lifecycle import move
from generation.models import Job, WebhookDelivery
from generation.webhooks import actions
from tests.support.factories import make_job

pytestmark = pytest.mark.django_db


def test_suspended_users_and_disabled_webhooks_get_no_deliveries(checkpoint, alice, receiver, hook):
    actions.change_webhook(hook=hook, actor=alice, fields={"enabled": False})
    job = make_job(alice, checkpoint)
    actions.change_webhook(hook=hook, actor=alice, fields={"enabled": True})
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    move(job.pk, Job.Status.CANCELLED)
    assert not WebhookDelivery.objects.exists()
