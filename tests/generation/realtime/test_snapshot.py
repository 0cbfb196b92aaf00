"""Who comes back to the websocket catches up in one message; who may not stay is shown out."""

import asyncio
import json
import signal

import pytest
import websockets
from asgiref.sync import sync_to_async
from django.test import Client

from generation.events.framing import decode_binary
from generation.jobs.cancel import cancel_job
from generation.models import Checkpoint, Job
from sdsite.accounts.api_keys import create_key, revoke_key
from sdsite.accounts.models import User
from tests.support.factories import make_job, make_user
from tests.support.site import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def in_thread(function):
    return sync_to_async(function)


def key_of(user):
    return create_key(owner=user, name="tests", scopes=["read", "generate"])


def connect(site, headers, query=""):
    return websockets.connect(site.websocket_url + query, additional_headers=headers, max_size=None)


async def snapshot_of(socket):
    message = json.loads(await asyncio.wait_for(socket.recv(), 10))
    assert message["event"] == "snapshot"
    return {job["id"]: job for job in message["data"]["jobs"]}


async def preview_of(socket):
    """Return message and image of the next preview; progress may be told before."""
    while isinstance(frame := await asyncio.wait_for(socket.recv(), 10), str):
        pass
    return decode_binary(frame)


async def test_one_message_has_what_ended_and_what_goes_on(live_site):
    def while_away():
        alice = make_user("alice")
        starter = Checkpoint.objects.get(slug="starter")
        done = make_job(alice, starter, count=2, steps=2)
        wait_for(lambda: Job.objects.get(pk=done.pk).is_finished, what="the first job to end")
        running = make_job(alice, starter, count=3, batch_size=3, steps=150)
        wait_for(lambda: Job.objects.get(pk=running.pk).step > 6, what="the first steps")
        return alice, done, running

    alice, done, running = await in_thread(while_away)()
    headers = {"Authorization": f"Bearer {(await in_thread(key_of)(alice))[1]}"}
    live_site.processes["worker"].send_signal(signal.SIGSTOP)  # or its next previews come between
    async with connect(live_site, headers, "?away=60") as socket:
        jobs = await snapshot_of(socket)
        assert set(jobs) == {str(done.pk), str(running.pk)}
        ended = jobs[str(done.pk)]
        assert (ended["status"], [image["index"] for image in ended["images"]]) == ("succeeded", [0, 1])
        previews = [await preview_of(socket) for _ in range(3)]
        assert {message["data"]["index"] for message, _ in previews} == {0, 1, 2}
        assert all(jpeg.startswith(b"\xff\xd8") for _, jpeg in previews)
    live_site.processes["worker"].send_signal(signal.SIGCONT)
    for query in ("", "?away=0", "?away=soon", "?away=-5", "?away=nan"):
        async with connect(live_site, headers, query) as socket:
            assert set(await snapshot_of(socket)) == {str(running.pk)}
    await in_thread(cancel_job)(job=running, actor=alice)


async def test_a_stranger_does_not_catch_up_with_others(live_site):
    def somebody_elses():
        job = make_job(make_user("alice"), Checkpoint.objects.get(slug="starter"), steps=2)
        wait_for(lambda: Job.objects.get(pk=job.pk).is_finished, what="the job to end")
        return key_of(make_user("charlie"))[1]

    headers = {"X-API-Key": await in_thread(somebody_elses)()}
    async with connect(live_site, headers, "?away=600") as socket:
        assert await snapshot_of(socket) == {}


async def closed_with(socket):
    try:
        while True:
            await asyncio.wait_for(socket.recv(), 30)
    except websockets.ConnectionClosed as closed:
        return closed.rcvd.code


async def test_logging_out_and_revoking_a_key_close_what_they_opened_and_nothing_else(live_site):
    alice = await in_thread(make_user)("alice")
    browsers = [Client(), Client()]
    for browser in browsers:
        await in_thread(browser.force_login)(alice)
    cookies = [{"Cookie": f"sessionid={browser.cookies['sessionid'].value}"} for browser in browsers]
    row, key = await in_thread(key_of)(alice)
    async with (
        connect(live_site, cookies[0]) as leaves,
        connect(live_site, cookies[1]) as stays,
        connect(live_site, {"X-API-Key": key}) as program,
    ):
        for socket in (leaves, stays, program):
            await snapshot_of(socket)
        await in_thread(browsers[0].logout)()
        await in_thread(revoke_key)(key=row, actor=alice)
        assert await closed_with(leaves) == 4401
        assert await closed_with(program) == 4401
        job = await in_thread(make_job)(alice, await Checkpoint.objects.aget(slug="starter"), steps=2)
        message = json.loads(await asyncio.wait_for(stays.recv(), 10))
        assert message["job"] == str(job.pk)
        await User.objects.filter(pk=alice.pk).aupdate(second_factor_due=True)
        assert await closed_with(stays) == 4403
