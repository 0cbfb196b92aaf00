"""Webhook deliveries of a job: its owner's webhooks, the events they subscribe to."""

import uuid

import pytest
from django.db import OperationalError, transaction

from generation.jobs.cancel import cancel_job
from generation.jobs.lifecycle import move
from generation.models import Job, Webhook, WebhookDelivery
from generation.webhooks import actions, outbox
from tests.generation.conftest import log_of, send_all
from tests.support.factories import make_job, make_user

pytestmark = pytest.mark.django_db


def test_only_subscribed_events_are_sent(alice, checkpoint, receiver):
    hook, _ = actions.create_webhook(owner=alice, name="Bot", url=receiver.url, events=["job.cancelled"])
    cancel_job(job=make_job(alice, checkpoint), actor=alice)
    assert [event for event, *_ in log_of(hook)] == ["job.cancelled"]


def test_events_go_to_the_webhooks_of_the_owner_only(alice, charlie, checkpoint, hook, receiver):
    actions.create_webhook(owner=charlie, name="Stranger", url=receiver.url, events=list(actions.EVENTS))
    theirs = make_job(charlie, checkpoint)
    actions.create_for_job(job=theirs, url=receiver.url, events=["job.queued", "job.cancelled"], secret=None)
    make_job(alice, checkpoint)
    assert set(WebhookDelivery.objects.values_list("job__owner", "webhook__owner")) == {
        (alice.pk, alice.pk),
        (charlie.pk, charlie.pk),
    }


def test_the_webhook_of_a_job_gets_events_of_no_other_job(alice, checkpoint, receiver):
    first, second = make_job(alice, checkpoint), make_job(alice, checkpoint)
    hook = actions.create_for_job(job=first, url=receiver.url, events=["job.cancelled"], secret=None)
    cancel_job(job=second, actor=alice)
    cancel_job(job=first, actor=alice)
    assert list(WebhookDelivery.objects.values_list("webhook", "job")) == [(hook.pk, first.pk)]


def test_waiting_deliveries_of_a_suspended_owner_are_not_sent(alice, checkpoint, hook, receiver):
    make_job(alice, checkpoint)
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    assert send_all() == []
    assert receiver.received == []


def test_a_rolled_back_job_leaves_no_delivery(alice, checkpoint, hook):
    job = make_job(alice, checkpoint)
    WebhookDelivery.objects.all().delete()
    with transaction.atomic():
        move(job.pk, Job.Status.CANCELLED)
        assert log_of(hook) == [("job.cancelled", "waiting", 0, None)]
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


def test_an_error_while_storing_deliveries_does_not_fail_the_job(alice, checkpoint, hook, monkeypatch):
    def broken(*args, **options):
        WebhookDelivery.objects.create(webhook=hook, event=None)  # breaks in the database, not only in Python

    job = make_job(alice, checkpoint)
    monkeypatch.setattr(outbox.WebhookDelivery.objects, "bulk_create", broken)
    assert move(job.pk, Job.Status.CANCELLED)
    job.refresh_from_db()
    assert job.status == "cancelled"


def test_a_lost_database_is_raised(alice, checkpoint, hook, monkeypatch):
    def away(*args, **options):
        raise OperationalError

    job = make_job(alice, checkpoint)
    monkeypatch.setattr(outbox.WebhookDelivery.objects, "bulk_create", away)
    with pytest.raises(OperationalError):
        move(job.pk, Job.Status.CANCELLED)
    job.refresh_from_db()
    assert job.status == "queued"


def test_a_webhook_deleted_meanwhile_does_not_fail_the_job(alice, checkpoint, hook, receiver):
    WebhookDelivery.objects.create(webhook_id=uuid.uuid4(), event="job.queued")
    make_job(alice, checkpoint)
    assert len(send_all()) == 1


def test_jobs_without_webhooks_cost_few_queries(alice, checkpoint, django_assert_max_num_queries):
    job = make_job(alice, checkpoint)
    with django_assert_max_num_queries(2):
        outbox.note_move(job.pk)


def test_a_deleted_image_is_not_sent(alice, checkpoint, hook, receiver):
    job = make_job(alice, checkpoint)
    send_all()
    outbox.note_image(job.pk, 0)
    send_all()
    assert log_of(hook)[-1] == ("image.stored", "failed", 1, None)
    assert len(receiver.received) == 1


def test_an_inactive_owner_does_not_delay_others(alice, checkpoint, hook, receiver):
    gone = make_user("gone", is_active=False)
    other = Webhook.objects.create(owner=gone, url=receiver.url, events=[])
    WebhookDelivery.objects.create(webhook=other, event="job.queued", created_at=hook.created_at)
    make_job(alice, checkpoint)
    assert [delivery.webhook for delivery in send_all()] == [hook]
