"""One job as one client follows it: messages about it are buffered, others are not."""

import pytest

from generation.events.framing import encode_binary
from generation.events.publish import preview_key
from generation.events.types import JobPreview, JobProgress
from generation.realtime.job_subscription import JobSubscription
from tests.support.factories import make_job


@pytest.fixture
def job(alice, checkpoint):
    """A queued job of Alice's."""
    return make_job(alice, checkpoint)


def progress(job_id, step, sequence=5):
    return {"message": JobProgress(str(job_id), sequence, step, 9).message()}


def preview(job_id, step, sequence=5):
    frame = encode_binary(JobPreview(str(job_id), sequence, 0, step).message(), b"jpeg")
    return {"key": preview_key(str(job_id), 0), "frame": frame}


def test_messages_about_the_job_are_news_oldest_first(job):
    subscription = JobSubscription(job, previews=True)
    assert subscription.receive(progress(job.pk, 1))
    assert subscription.receive(preview(job.pk, 1))
    assert subscription.receive(progress(job.pk, 2))
    first, second = subscription.next_message(), subscription.next_message()
    assert first[0]["event"] == "job.preview"
    assert first[1] == b"jpeg"
    assert second[0]["data"]["step"] == 2
    assert subscription.next_message() is None


def test_messages_about_other_jobs_are_not_buffered(job):
    subscription = JobSubscription(job, previews=True)
    other = "00000000-0000-0000-0000-00000000000b"
    assert not subscription.receive(progress(other, 1))
    assert not subscription.receive(preview(other, 1))
    assert subscription.next_message() is None


def test_a_client_without_previews_gets_none(job):
    subscription = JobSubscription(job, previews=False)
    assert not subscription.receive(preview(job.pk, 1))
    assert subscription.next_message() is None


def test_messages_older_than_what_the_client_has_seen_are_no_news(job):
    subscription = JobSubscription(job, previews=True)
    subscription.mark_sent(
        {"event": "", "sequence": 7, "data": {"status": "running", "attempt": 1, "progress": {"step": 3}, "images": []}}
    )
    subscription.receive(preview(job.pk, 2, sequence=6))
    assert subscription.next_message() is None
