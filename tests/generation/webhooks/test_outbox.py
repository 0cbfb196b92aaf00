"""What webhooks hear of: their owner's jobs, what they asked for, and it cannot fail a job."""

import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError, transaction

from generation.jobs.cancel import cancel_job
from generation.jobs.claim import claim
from generation.jobs.lifecycle import move
from generation.models import Job, Webhook, WebhookDelivery
from generation.webhooks import actions, outbox, payloads
from tests.generation.conftest import is_signed, log_of, send_all
from tests.support.factories import make_image, make_job, make_user

pytestmark = pytest.mark.django_db


def test_a_jobs_road_is_told_with_the_job_as_the_api_shows_it(alice, checkpoint, hook, receiver):
    job = make_job(alice, checkpoint)
    send_all()
    claim(worker="w", lanes=("interactive",))
    send_all()
    make_image(alice, job_id=job.pk)
    outbox.note_image(job.pk, 0)
    move(job.pk, Job.Status.SUCCEEDED)
    send_all()
    messages = [heard.message for heard in receiver.heard]
    assert [message["event"] for message in messages] == ["job.queued", "job.started", "image.stored", "job.succeeded"]
    assert [message["job"] for message in messages] == [str(job.pk)] * 4
    queued, started, stored, ended = messages
    assert (queued["data"]["status"], started["data"]["status"]) == ("queued", "running")
    assert (stored["data"]["index"], stored["data"]["image"]["seed"]) == (0, 7)
    assert [image["index"] for image in ended["data"]["images"]] == [0]
    assert queued["sequence"] < started["sequence"] < ended["sequence"]
    assert [heard.headers["webhook-id"] for heard in receiver.heard] == [message["id"] for message in messages]
    assert all(is_signed(heard, hook.secret) for heard in receiver.heard)
    assert {state for _, state, _, _ in log_of(hook)} == {"delivered"}


def test_a_failed_and_a_cancelled_job_say_so(alice, checkpoint, hook, receiver):
    failed = make_job(alice, checkpoint)
    claim(worker="w", lanes=("interactive",))
    move(failed.pk, Job.Status.FAILED, error_code="out_of_memory", error_message="Too large.")
    cancel_job(job=make_job(alice, checkpoint), actor=alice)
    send_all()
    told = {heard.message["event"]: heard.message["data"] for heard in receiver.heard}
    assert told["job.failed"]["error"] == {"code": "out_of_memory", "message": "Too large."}
    assert told["job.cancelled"]["status"] == "cancelled"


def test_only_what_was_asked_for_is_told(alice, checkpoint, receiver):
    hook, _ = actions.create_webhook(owner=alice, name="Bot", url=receiver.url, events=["job.cancelled"])
    cancel_job(job=make_job(alice, checkpoint), actor=alice)
    assert [event for event, *_ in log_of(hook)] == ["job.cancelled"]


def test_nobody_hears_of_the_jobs_of_others(alice, charlie, checkpoint, hook, receiver):
    actions.create_webhook(owner=charlie, name="Stranger", url=receiver.url, events=list(actions.EVENTS))
    theirs = make_job(charlie, checkpoint)
    actions.create_for_job(job=theirs, url=receiver.url, events=["job.queued", "job.cancelled"], secret=None)
    make_job(alice, checkpoint)
    assert set(WebhookDelivery.objects.values_list("job__owner", "webhook__owner")) == {
        (alice.pk, alice.pk),
        (charlie.pk, charlie.pk),
    }


def test_the_webhook_of_one_job_hears_of_no_other(alice, checkpoint, receiver):
    first, second = make_job(alice, checkpoint), make_job(alice, checkpoint)
    hook = actions.create_for_job(job=first, url=receiver.url, events=["job.cancelled"], secret=None)
    cancel_job(job=second, actor=alice)
    cancel_job(job=first, actor=alice)
    assert list(WebhookDelivery.objects.values_list("webhook", "job")) == [(hook.pk, first.pk)]


def test_who_is_locked_out_or_switched_it_off_is_told_nothing(checkpoint, alice, receiver, hook):
    actions.change_webhook(hook=hook, actor=alice, fields={"enabled": False})
    job = make_job(alice, checkpoint)
    actions.change_webhook(hook=hook, actor=alice, fields={"enabled": True})
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    move(job.pk, Job.Status.CANCELLED)
    assert not WebhookDelivery.objects.exists()


def test_what_waits_for_somebody_who_is_locked_out_is_not_sent(alice, checkpoint, hook, receiver):
    make_job(alice, checkpoint)
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    assert send_all() == []
    assert receiver.heard == []


def test_a_job_that_rolls_back_is_told_to_nobody(alice, checkpoint, hook):
    job = make_job(alice, checkpoint)
    WebhookDelivery.objects.all().delete()
    with transaction.atomic():
        move(job.pk, Job.Status.CANCELLED)
        assert log_of(hook) == [("job.cancelled", "waiting", 0, None)]
        transaction.set_rollback(True)
    assert not WebhookDelivery.objects.exists()


def test_a_fault_of_the_notes_does_not_fail_the_job(alice, checkpoint, hook, monkeypatch):
    def broken(*args, **options):
        WebhookDelivery.objects.create(webhook=hook, event=None)  # breaks in the database, not only in Python

    job = make_job(alice, checkpoint)
    monkeypatch.setattr(outbox.WebhookDelivery.objects, "bulk_create", broken)
    assert move(job.pk, Job.Status.CANCELLED)
    job.refresh_from_db()
    assert job.status == "cancelled"


def test_a_database_that_is_away_is_not_hidden(alice, checkpoint, hook, monkeypatch):
    def away(*args, **options):
        raise OperationalError

    job = make_job(alice, checkpoint)
    monkeypatch.setattr(outbox.WebhookDelivery.objects, "bulk_create", away)
    with pytest.raises(OperationalError):
        move(job.pk, Job.Status.CANCELLED)
    job.refresh_from_db()
    assert job.status == "queued"


def test_a_webhook_that_was_deleted_meanwhile_fails_nothing(alice, checkpoint, hook, receiver):
    WebhookDelivery.objects.create(webhook_id=uuid.uuid4(), event="job.queued")
    make_job(alice, checkpoint)
    assert len(send_all()) == 1


def test_nobody_pays_for_webhooks_that_there_are_not(alice, checkpoint, django_assert_max_num_queries):
    job = make_job(alice, checkpoint)
    with django_assert_max_num_queries(2):
        outbox.note_move(job.pk)


def test_a_deleted_image_is_not_told(alice, checkpoint, hook, receiver):
    job = make_job(alice, checkpoint)
    send_all()
    outbox.note_image(job.pk, 0)
    send_all()
    assert log_of(hook)[-1] == ("image.stored", "failed", 1, None)
    assert len(receiver.heard) == 1


def test_a_long_job_is_told_shorter(alice, checkpoint, hook, receiver, monkeypatch):
    job = make_job(alice, checkpoint)
    for index in range(3):
        make_image(alice, job_id=job.pk, index=index, prompt="x" * 2000)
    send_all()
    assert "parameters" in receiver.heard[-1].message["data"]["images"][0]
    told = []
    for _ in range(3):
        most = len(receiver.heard[-1].body) - 40  # ids and times differ a little in length
        monkeypatch.setattr(payloads, "MOST_BODY_BYTES", most)
        move(job.pk, Job.Status.CANCELLED)
        Job.objects.filter(pk=job.pk).update(status="queued")
        send_all()
        data = receiver.heard[-1].message["data"]
        assert data["shortened"]
        assert len(receiver.heard[-1].body) <= most
        told.append(([tuple(image) for image in data["images"]], bool(data["parameters"])))
    assert told == [([payloads.SHORT_IMAGE] * 3, True), ([], True), ([], False)]


def test_old_rows_are_forgotten(alice, checkpoint, hook, receiver, monkeypatch):
    from generation.webhooks import retention

    job = make_job(alice, checkpoint)
    single = actions.create_for_job(job=job, url=receiver.url, events=["job.cancelled"], secret=None)
    cancel_job(job=job, actor=alice)
    send_all()
    monkeypatch.setattr(retention, "KEPT_OF_ONE", 1)
    assert retention.sweep() == 1
    assert [event for event, *_ in log_of(hook)] == ["job.cancelled"]
    WebhookDelivery.objects.update(created_at=hook.created_at - timedelta(days=31))
    Webhook.objects.filter(pk=single.pk).update(created_at=hook.created_at - timedelta(days=31))
    assert retention.sweep() == 2
    assert list(Webhook.objects.all()) == [hook]


def test_an_inactive_neighbour_does_not_hold_up_others(alice, checkpoint, hook, receiver):
    gone = make_user("gone", is_active=False)
    other = Webhook.objects.create(owner=gone, url=receiver.url, events=[])
    WebhookDelivery.objects.create(webhook=other, event="job.queued", created_at=hook.created_at)
    make_job(alice, checkpoint)
    assert [delivery.webhook for delivery in send_all()] == [hook]
