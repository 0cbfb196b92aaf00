"""Progress, interrupting and skipping one's own requests of AUTOMATIC1111's API."""

import base64

import pytest

from generation.models import Job
from tests.sdsite.api.compat.sdapi.conftest import JPEG, SdapiClient, make_task, show_preview
from tests.support.factories import make_image

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


def test_progress_without_a_job_is_idle(owner):
    answer = owner.get_json("progress")
    assert (answer["progress"], answer["state"]["job_count"], answer["current_image"]) == (0, 0, None)
    assert isinstance(answer["eta_relative"], float)


def test_the_running_job_is_shown(owner, alice):
    waiting, job = make_task(alice), make_task(alice, running=True, count=2)
    show_preview(job, 0, body=b"finished")
    show_preview(job, 1, sequence=2)
    make_image(alice, job_id=job.pk)
    answer = owner.get_json("progress")
    assert (answer["progress"], answer["textinfo"]) == (0.25, None)
    assert base64.b64decode(answer["current_image"]) == JPEG, "of the image in progress"
    state = answer["state"]
    assert (state["job"], state["job_count"], state["sampling_step"], state["sampling_steps"]) == (
        str(job.pk),
        2,
        5,
        20,
    )
    assert owner.get_json("progress", skip_current_image="true")["current_image"] is None
    assert waiting.pk != job.pk


def test_a_queued_job_is_not_idle(owner, alice):
    make_task(alice)
    answer = owner.get_json("progress")
    assert (answer["progress"], answer["state"]["job_count"], answer["textinfo"]) == (0, 1, "Waiting...")


@pytest.mark.parametrize("source", ["studio", "api", "openai"])
def test_jobs_of_other_sources_and_users_are_neither_shown_nor_stopped(owner, stranger, alice, charlie, source):
    others = [make_task(alice, running=True, source=source), make_task(charlie, running=True)]
    for job in others:
        show_preview(job)
    answer = owner.get_json("progress")
    assert (answer["progress"], answer["state"]["job_count"], answer["current_image"]) == (0, 0, None)
    assert owner.post_json("interrupt") == {}
    assert owner.post_json("skip") is None
    assert not Job.objects.exclude(cancel_requested_at=None).exists()
    assert not Job.objects.exclude(dropped=[]).exists()
    assert stranger.get_json("progress")["progress"] == 0.25


def test_interrupting_cancels_running_jobs_or_else_queued_ones(owner, alice):
    waiting, running = make_task(alice), make_task(alice, running=True)
    assert owner.post_json("interrupt") == {}
    for job in (waiting, running):
        job.refresh_from_db()
    assert running.cancel_requested_at
    assert waiting.status == "queued"
    assert owner.get_json("progress")["state"]["interrupted"] is True
    Job.objects.filter(pk=running.pk).update(status="cancelled")
    owner.post_json("interrupt")
    waiting.refresh_from_db()
    assert waiting.status == "cancelled"


def test_skipping_drops_the_image_in_progress(owner, alice):
    job = make_task(alice, running=True, count=3)
    make_image(alice, job_id=job.pk, index=0)
    assert owner.post_json("skip") is None
    job.refresh_from_db()
    assert (job.dropped, job.status) == ([1], "running")
    assert owner.get_json("progress")["state"]["skipped"] is True


def test_two_keys_of_one_user_see_the_same(owner, alice):
    make_task(alice, running=True)
    assert SdapiClient(alice, "read").get_json("progress")["progress"] == 0.25
