"""Progress, interrupting and skipping: of one's own requests of this door, and of nothing else."""

import base64

import pytest

from generation.events.framing import encode_binary
from generation.events.publish import preview_key
from generation.jobs.submission.submit import submit_job
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from generation.redis_client import connection
from sdsite.accounts.credentials import Credentials
from sdsite.api.compat.sdapi import task_ids
from tests.sdsite.api.compat.sdapi.conftest import SdapiClient
from tests.support.factories import make_image

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]

JPEG = b"\xff\xd8 a look \xff\xd9"


def make_task(owner, *, running=False, source="sdapi", **fields):
    """Return a job as this door queues it, made to look as if a worker had it where `running`."""
    requested = GenerationParameters(**{"prompt": "a red heart", "checkpoint": "starter", **fields})
    job = submit_job(credentials=Credentials(owner), parameters=requested, source=source)
    if running:
        Job.objects.filter(pk=job.pk).update(status="running", step=5, total=20, started_at=job.created_at)
        job.refresh_from_db()
    return job


def show_preview(job, index=0, sequence=3, body=JPEG):
    message = {"event": "job.preview", "job": str(job.pk), "sequence": sequence, "data": {"index": index, "step": 5}}
    connection().set(preview_key(str(job.pk), index), encode_binary(message, body))


def test_who_has_nothing_to_do_is_idle(owner):
    answer = owner.ask("progress")
    assert (answer["progress"], answer["state"]["job_count"], answer["current_image"]) == (0, 0, None)
    assert isinstance(answer["eta_relative"], float)


def test_the_job_in_hand_is_shown(owner, alice):
    waiting, job = make_task(alice), make_task(alice, running=True, count=2)
    show_preview(job, 0, body=b"finished")
    show_preview(job, 1, sequence=2)
    make_image(alice, job_id=job.pk)
    answer = owner.ask("progress")
    assert (answer["progress"], answer["textinfo"]) == (0.25, None)
    assert base64.b64decode(answer["current_image"]) == JPEG, "of the image that is still drawn"
    state = answer["state"]
    assert (state["job"], state["job_count"], state["sampling_step"], state["sampling_steps"]) == (
        str(job.pk),
        2,
        5,
        20,
    )
    assert owner.ask("progress", skip_current_image="true")["current_image"] is None
    assert waiting.pk != job.pk


def test_a_waiting_job_is_no_idleness(owner, alice):
    make_task(alice)
    answer = owner.ask("progress")
    assert (answer["progress"], answer["state"]["job_count"], answer["textinfo"]) == (0, 1, "Waiting...")


@pytest.mark.parametrize("source", ["studio", "api", "openai"])
def test_other_doors_and_other_people_are_neither_seen_nor_stopped(owner, stranger, alice, charlie, source):
    others = [make_task(alice, running=True, source=source), make_task(charlie, running=True)]
    for job in others:
        show_preview(job)
    answer = owner.ask("progress")
    assert (answer["progress"], answer["state"]["job_count"], answer["current_image"]) == (0, 0, None)
    assert owner.tell("interrupt") == {}
    assert owner.tell("skip") is None
    assert not Job.objects.exclude(cancel_requested_at=None).exists()
    assert not Job.objects.exclude(dropped=[]).exists()
    assert stranger.ask("progress")["progress"] == 0.25


def test_interrupting_stops_what_runs_and_else_what_waits(owner, alice):
    waiting, running = make_task(alice), make_task(alice, running=True)
    assert owner.tell("interrupt") == {}
    for job in (waiting, running):
        job.refresh_from_db()
    assert running.cancel_requested_at
    assert waiting.status == "queued"
    assert owner.ask("progress")["state"]["interrupted"] is True
    Job.objects.filter(pk=running.pk).update(status="cancelled")
    owner.tell("interrupt")
    waiting.refresh_from_db()
    assert waiting.status == "cancelled"


def test_skipping_calls_off_the_image_in_hand(owner, alice):
    job = make_task(alice, running=True, count=3)
    make_image(alice, job_id=job.pk, index=0)
    assert owner.tell("skip") is None
    job.refresh_from_db()
    assert (job.dropped, job.status) == ([1], "running")
    assert owner.ask("progress")["state"]["skipped"] is True


def test_tasks_have_names(owner, stranger, alice):
    job = make_task(alice, running=True)
    task_ids.remember(alice.pk, "task(abc)", job.pk)
    show_preview(job, sequence=9)
    answer = owner.tell("progress", {"id_task": "task(abc)", "id_live_preview": -1}, root="/internal")
    assert (answer["active"], answer["queued"], answer["completed"], answer["progress"]) == (True, False, False, 0.25)
    assert answer["live_preview"] == f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"
    again = {"id_task": "task(abc)", "id_live_preview": answer["id_live_preview"]}
    assert owner.tell("progress", again, root="/internal")["live_preview"] is None, "the client has it"
    assert owner.tell("progress", {"id_task": "task(abc)", "live_preview": False}, root="/internal")["active"]
    foreign = stranger.tell("progress", {"id_task": "task(abc)"}, root="/internal")
    assert (foreign["active"], foreign["queued"], foreign["completed"]) == (False, False, False)
    Job.objects.filter(pk=job.pk).update(status="succeeded")
    done = owner.tell("progress", {"id_task": "task(abc)"}, root="/internal")
    assert (done["active"], done["completed"]) == (False, True)


@pytest.mark.usefixtures("nobody_draws")
def test_pending_tasks_are_ones_own(owner, stranger, alice):
    owner.tell("txt2img", {"prompt": "a red heart", "force_task_id": "task(mine)"})
    make_task(alice, running=True)
    make_task(alice, source="studio")
    response = owner.get("/internal/pending-tasks")
    assert response.json() == {"size": 1, "tasks": ["task(mine)"]}
    assert owner.tell("progress", {"id_task": "task(mine)"}, root="/internal")["queued"] is True
    assert stranger.get("/internal/pending-tasks").json() == {"size": 0, "tasks": []}


@pytest.fixture
def valkey_is_away(valkey, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1"
    connection.cache_clear()
    yield
    connection.cache_clear()


def test_without_valkey_jobs_have_no_names_and_go_on(owner, alice, valkey_is_away):
    job = make_task(alice)
    task_ids.remember(alice.pk, "task(abc)", job.pk)
    assert owner.tell("progress", {"id_task": "task(abc)"}, root="/internal")["queued"] is False
    assert owner.get("/internal/pending-tasks").json()["tasks"] == [str(job.pk)]


def test_two_keys_of_one_person_see_the_same(owner, alice):
    make_task(alice, running=True)
    assert SdapiClient(alice, "read").ask("progress")["progress"] == 0.25
