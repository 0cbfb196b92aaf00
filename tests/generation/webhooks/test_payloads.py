"""Payloads show the job as the API does, shorter where it is long."""

import pytest

from generation.jobs.cancel import cancel_job
from generation.jobs.claim import claim
from generation.jobs.lifecycle import move
from generation.models import Job
from generation.webhooks import outbox, payloads
from tests.generation.conftest import is_signed, log_of, send_all
from tests.support.factories import make_image, make_job

pytestmark = pytest.mark.django_db


def test_each_state_sends_the_job_as_the_api_shows_it(alice, checkpoint, hook, receiver):
    job = make_job(alice, checkpoint)
    send_all()
    claim(worker="w", lanes=("interactive",))
    send_all()
    make_image(alice, job_id=job.pk)
    outbox.note_image(job.pk, 0)
    move(job.pk, Job.Status.SUCCEEDED)
    send_all()
    messages = [received.message for received in receiver.received]
    assert [message["event"] for message in messages] == ["job.queued", "job.started", "image.stored", "job.succeeded"]
    assert [message["job"] for message in messages] == [str(job.pk)] * 4
    queued, started, stored, ended = messages
    assert (queued["data"]["status"], started["data"]["status"]) == ("queued", "running")
    assert (stored["data"]["index"], stored["data"]["image"]["seed"]) == (0, 7)
    assert [image["index"] for image in ended["data"]["images"]] == [0]
    assert queued["sequence"] < started["sequence"] < ended["sequence"]
    assert [received.headers["webhook-id"] for received in receiver.received] == [message["id"] for message in messages]
    assert all(is_signed(received, hook.secret) for received in receiver.received)
    assert {state for _, state, _, _ in log_of(hook)} == {"delivered"}


def test_failed_and_cancelled_jobs_have_their_events(alice, checkpoint, hook, receiver):
    failed = make_job(alice, checkpoint)
    claim(worker="w", lanes=("interactive",))
    move(failed.pk, Job.Status.FAILED, error_code="out_of_memory", error_message="Too large.")
    cancel_job(job=make_job(alice, checkpoint), actor=alice)
    send_all()
    sent = {received.message["event"]: received.message["data"] for received in receiver.received}
    assert sent["job.failed"]["error"] == {"code": "out_of_memory", "message": "Too large."}
    assert sent["job.cancelled"]["status"] == "cancelled"


def test_a_long_job_is_shortened(alice, checkpoint, hook, receiver, monkeypatch):
    job = make_job(alice, checkpoint)
    for index in range(3):
        make_image(alice, job_id=job.pk, index=index, prompt="x" * 2000)
    send_all()
    assert "parameters" in receiver.received[-1].message["data"]["images"][0]
    sent = []
    for _ in range(3):
        most = len(receiver.received[-1].body) - 40  # ids and times differ a little in length
        monkeypatch.setattr(payloads, "MOST_BODY_BYTES", most)
        move(job.pk, Job.Status.CANCELLED)
        Job.objects.filter(pk=job.pk).update(status="queued")
        send_all()
        data = receiver.received[-1].message["data"]
        assert data["shortened"]
        assert len(receiver.received[-1].body) <= most
        sent.append(([tuple(image) for image in data["images"]], bool(data["parameters"])))
    assert sent == [([payloads.SHORT_IMAGE] * 3, True), ([], True), ([], False)]
