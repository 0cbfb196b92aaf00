"""`?wait=`: answered the moment the job ends, by the event or by the row, and given up when the client hangs up."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.test import AsyncClient

from generation.realtime import waiting
from tests.support.clients.api_client import error_of, make_key
from tests.support.factories import make_image, make_job
from tests.support.site import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

PNG = {"Accept": "image/png"}


class Caller:
    """An asynchronous client that knocks with a key."""

    def __init__(self, key):
        self.client = AsyncClient()
        self.key = {"X-API-Key": key}  # with every request: AsyncClient does not send the headers it was made with

    def post(self, query="", body='{"prompt": "a red heart"}', **headers):
        url = f"/api/v1/jobs{query}"
        return asyncio.create_task(
            self.client.post(url, body, content_type="application/json", headers=self.key | headers)
        )

    def get(self, path):
        return asyncio.create_task(self.client.get(f"/api/v1{path}", headers=self.key))


@pytest.fixture
def caller(alice, checkpoint):
    return Caller(make_key(alice)[1])


async def in_thread(function, *args, **kwargs):
    return await sync_to_async(function)(*args, **kwargs)


async def until(condition, seconds=10.0):
    """Wait until `condition`, which asks the database, says something true; return that."""
    async with asyncio.timeout(seconds):
        while True:
            value = await in_thread(condition)
            if value:
                return value
            await asyncio.sleep(0.01)


def only_job():
    from generation.models import Job

    return Job.objects.first()


def finish(job, status="succeeded", **fields):
    from generation.jobs.lifecycle import move
    from generation.models import Job

    Job.objects.filter(pk=job.pk, status="queued").update(status="running")
    assert move(job.pk, status, **fields)


def listening():
    """Tell how many waiters are in a group of this loop's layer."""
    groups = get_channel_layer()._get_layer().groups
    return sum(len(channels) for channels in groups.values())


async def all_listening(number):
    async with asyncio.timeout(10):
        while listening() != number:
            await asyncio.sleep(0.01)


async def test_the_event_ends_the_wait(caller, valkey, monkeypatch):
    monkeypatch.setattr(waiting, "POLL_SECONDS", 600.0)  # so that only the event can
    call = caller.post("?wait=60")
    job = await until(only_job)
    await all_listening(1)
    await in_thread(finish, job)
    response = await asyncio.wait_for(call, 10)
    assert response.status_code == 200
    assert response.json()["status"] == "succeeded"
    assert listening() == 0


async def test_without_events_the_row_ends_the_wait(caller, monkeypatch):
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.05)
    call = caller.post("?wait=60")
    await in_thread(finish, await until(only_job))
    response = await asyncio.wait_for(call, 10)
    assert (response.status_code, response.json()["status"]) == (200, "succeeded")


async def test_events_of_other_jobs_do_not_end_the_wait(caller, valkey, alice, checkpoint, monkeypatch):
    monkeypatch.setattr(waiting, "POLL_SECONDS", 600.0)
    mine, other = [await in_thread(make_job, alice, checkpoint) for _ in range(2)]
    call = caller.get(f"/jobs/{mine.pk}?wait=60")
    await all_listening(1)
    await in_thread(finish, other)
    await in_thread(finish, mine, "cancelled")
    assert (await asyncio.wait_for(call, 10)).json()["status"] == "cancelled"


async def test_many_wait_at_once(caller, valkey, alice, checkpoint, monkeypatch):
    monkeypatch.setattr(waiting, "POLL_SECONDS", 600.0)
    job = await in_thread(make_job, alice, checkpoint)
    calls = [caller.get(f"/jobs/{job.pk}?wait=60") for _ in range(50)]
    await all_listening(50)
    await in_thread(finish, job)
    answers = await asyncio.wait_for(asyncio.gather(*calls), 30)
    assert {answer.json()["status"] for answer in answers} == {"succeeded"}
    assert listening() == 0


async def test_when_the_time_is_over_the_answer_is_202_and_the_job_goes_on(caller):
    response = await caller.post("?wait=0.1")
    assert response.status_code == 202
    assert response["Location"] == f"/api/v1/jobs/{response.json()['id']}"
    assert response.json()["status"] == "queued"


async def test_prefer_waits_too(caller, monkeypatch):
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.05)
    call = caller.post(Prefer="respond-async, wait=60")
    await in_thread(finish, await until(only_job))
    assert (await asyncio.wait_for(call, 10)).status_code == 200


@pytest.mark.parametrize("prefer", ["respond-async", "wait=soon", "await=60", "wait=-5"])
async def test_other_preferences_do_not_wait(caller, prefer):
    assert (await asyncio.wait_for(caller.post(Prefer=prefer), 10)).status_code == 202


async def test_a_client_that_hangs_up_ends_the_wait_and_not_the_job(caller, valkey):
    call = caller.post("?wait=600")
    await until(only_job)
    await all_listening(1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await all_listening(0)
    assert (await in_thread(only_job)).status == "queued"


class TestImageAsBody:
    """`Accept: image/...` with `wait`."""

    @pytest.fixture(autouse=True)
    def _poll_often(self, monkeypatch):
        monkeypatch.setattr(waiting, "POLL_SECONDS", 0.05)

    @pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
    async def test_the_body_is_the_first_image_in_the_accepted_format(self, caller, alice, kind):
        call = caller.post("?wait=60", Accept=f"image/{kind}")
        job = await until(only_job)
        assert job.parameters["output_format"] == kind
        for index in (1, 0):
            image = await in_thread(make_image, alice, job_id=job.pk, index=index, output_format=kind)
        await in_thread(finish, job)
        response = await asyncio.wait_for(call, 10)
        assert response.status_code == 200
        assert response["Content-Type"] == f"image/{kind}"
        assert response["X-Sdsite-Job"] == str(job.pk)
        assert response["X-Sdsite-Image"] == str(image.pk)
        assert response["X-Sdsite-Seed"] == "7"
        assert f".{kind}" in response["Content-Disposition"]
        assert response["Cache-Control"] == "no-store"

    async def test_the_format_named_in_the_body_wins_where_both_are_accepted(self, caller):
        body = '{"prompt": "x", "output_format": "webp"}'
        await caller.post("?wait=0.1", body, Accept="image/png, image/webp;q=0.5")
        assert (await in_thread(only_job)).parameters["output_format"] == "webp"

    async def test_json_first_means_json(self, caller):
        call = caller.post("?wait=60", Accept="application/json, image/png;q=0.5")
        await in_thread(finish, await until(only_job))
        assert (await asyncio.wait_for(call, 10)).json()["status"] == "succeeded"

    async def test_not_finished_in_time_is_202_as_json(self, caller):
        response = await caller.post("?wait=0.1", **PNG)
        assert response.status_code == 202
        assert response.json()["status"] == "queued"

    @pytest.mark.parametrize(
        ("code", "status"),
        [
            ("out_of_memory", 503),
            ("checkpoint_missing", 503),
            ("refused", 422),
            ("internal_error", 500),
            ("new_one", 500),
        ],
    )
    async def test_a_failure_is_answered_as_an_error(self, caller, code, status):
        call = caller.post("?wait=60", **PNG)
        await in_thread(finish, await until(only_job), "failed", error_code=code, error_message="It went wrong.")
        response = await asyncio.wait_for(call, 10)
        error_of(response, status, code)
        assert response.json()["error"]["message"] == "It went wrong."

    async def test_a_cancelled_job_is_answered_as_an_error(self, caller):
        call = caller.post("?wait=60", **PNG)
        await in_thread(finish, await until(only_job), "cancelled")
        error_of(await asyncio.wait_for(call, 10), 409, "cancelled")

    async def test_without_wait_the_answer_is_json(self, caller):
        response = await caller.post(**PNG)
        assert response.status_code == 202
        assert response.json()["parameters"]["output_format"] == "png"


def test_waiting_for_a_finished_job_answers_at_once(owner_client, alice, checkpoint):
    job = make_job(alice, checkpoint)
    finish(job)
    wait_for(lambda: owner_client.api("GET", f"/jobs/{job.pk}?wait=600").status_code == 200, seconds=5)
