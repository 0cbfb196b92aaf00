"""Task ids of AUTOMATIC1111's API, for one's own jobs."""

import base64

import pytest

from generation.models import Job
from generation.redis_client import connection
from sdsite.api.compat.sdapi import task_ids
from tests.sdsite.api.compat.sdapi.conftest import JPEG, make_task, show_preview

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


def test_progress_by_task_id(owner, stranger, alice):
    job = make_task(alice, running=True)
    task_ids.remember(alice.pk, "task(abc)", job.pk)
    show_preview(job, sequence=9)
    answer = owner.post_json("progress", {"id_task": "task(abc)", "id_live_preview": -1}, root="/internal")
    assert (answer["active"], answer["queued"], answer["completed"], answer["progress"]) == (True, False, False, 0.25)
    assert answer["live_preview"] == f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"
    again = {"id_task": "task(abc)", "id_live_preview": answer["id_live_preview"]}
    assert owner.post_json("progress", again, root="/internal")["live_preview"] is None, "the client has it"
    assert owner.post_json("progress", {"id_task": "task(abc)", "live_preview": False}, root="/internal")["active"]
    foreign = stranger.post_json("progress", {"id_task": "task(abc)"}, root="/internal")
    assert (foreign["active"], foreign["queued"], foreign["completed"]) == (False, False, False)
    Job.objects.filter(pk=job.pk).update(status="succeeded")
    done = owner.post_json("progress", {"id_task": "task(abc)"}, root="/internal")
    assert (done["active"], done["completed"]) == (False, True)


@pytest.mark.usefixtures("no_wait")
def test_pending_tasks_are_the_users_own(owner, stranger, alice):
    owner.post_json("txt2img", {"prompt": "a red heart", "force_task_id": "task(mine)"})
    make_task(alice, running=True)
    make_task(alice, source="studio")
    response = owner.get("/internal/pending-tasks")
    assert response.json() == {"size": 1, "tasks": ["task(mine)"]}
    assert owner.post_json("progress", {"id_task": "task(mine)"}, root="/internal")["queued"] is True
    assert stranger.get("/internal/pending-tasks").json() == {"size": 0, "tasks": []}


@pytest.fixture
def valkey_is_away(valkey, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1"
    connection.cache_clear()
    yield
    connection.cache_clear()


def test_without_valkey_jobs_have_no_task_ids_and_go_on(owner, alice, valkey_is_away):
    job = make_task(alice)
    task_ids.remember(alice.pk, "task(abc)", job.pk)
    assert owner.post_json("progress", {"id_task": "task(abc)"}, root="/internal")["queued"] is False
    assert owner.get("/internal/pending-tasks").json()["tasks"] == [str(job.pk)]
