"""`/ws/generate/` when things go wrong: nonsense, lost news, deleted jobs, revoked keys, other people's pages."""

import json
import signal

import msgpack
import pytest
import websockets
from asgiref.sync import sync_to_async
from django.test import Client

from generation.models import Checkpoint, Job
from generation.parameters.schema import GenerationParameters
from sdsite.accounts.api_keys import revoke_key
from sdsite.accounts.credentials import Credentials
from tests.support.clients.api_client import make_key
from tests.support.clients.websocket_client import Program, address, key_of
from tests.support.factories import make_image, make_user

pytestmark = pytest.mark.django_db(transaction=True)

REQUEST = {"prompt": "a red heart", "steps": 2}


def open_socket(site, headers, protocol="sdsite.json"):
    where = address(site, "/ws/generate/")
    return websockets.connect(where, additional_headers=headers, subprotocols=[protocol], max_size=None)


async def test_whatever_a_client_sends_the_socket_goes_on(live_site):
    alice = await sync_to_async(make_user)("alice")
    key = await sync_to_async(key_of)(alice)
    async with open_socket(live_site, {"X-API-Key": key}) as socket:
        program = Program(socket)
        for nonsense in (
            "",
            "no",
            "{}",
            b"\xff",
            "\x00",
            json.dumps({"action": "generate", "parameters": {"steps": 0}}),
        ):
            await socket.send(nonsense)
            refused, _ = (await program.hear_until("error"))[-1]
            assert refused["data"]["code"] in ("invalid_json", "invalid_parameters")
        await program.order("generate", ref="far", parameters={**REQUEST, "checkpoint": "nowhere"})
        refused, _ = (await program.hear_until("error"))[-1]
        assert (refused["ref"], refused["data"]["code"]) == ("far", "checkpoint_missing")
        assert set(refused["data"]["fields"]) == {"checkpoint"}
        await program.order("generate", parameters=REQUEST, idempotency_key="once", images=True)
        first = (await program.hear_until("job.succeeded"))[-1][0]
        await program.order("generate", ref="again", parameters=REQUEST, idempotency_key="once", images=True)
        heard = await program.hear_until("job.succeeded")
    assert [message["event"] for message, _ in heard] == ["accepted", "job.image", "job.succeeded"]
    assert {message["job"] for message, _ in heard} == {first["job"]}
    assert await sync_to_async(Job.objects.count)() == 1
    assert key not in live_site.log("web")


async def test_a_picture_comes_along_as_bytes(live_site):
    alice = await sync_to_async(make_user)("alice")
    key = await sync_to_async(key_of)(alice)
    picture = await sync_to_async(lambda: _file(make_image(alice)))()
    async with open_socket(live_site, {"X-API-Key": key}, "sdsite.msgpack") as socket:
        requested = {**REQUEST, "init_image": picture, "strength": 0.5}
        await socket.send(msgpack.packb({"action": "generate", "parameters": requested}))
        accepted = (await Program(socket).hear_until("accepted"))[-1][0]
    assert accepted["data"]["parameters"]["task"] == "image_to_image"
    assert accepted["data"]["parameters"]["init_image"].startswith("upload:")


def _file(image):
    from django.core.files.storage import default_storage

    with default_storage.open(image.file) as file:
        return file.read()


async def test_what_the_layer_does_not_say_is_told_from_the_row(live_site):
    alice = await sync_to_async(make_user)("alice")
    key = await sync_to_async(key_of)(alice)
    live_site.processes["worker"].send_signal(signal.SIGSTOP)
    async with open_socket(live_site, {"X-API-Key": key}) as socket:
        program = Program(socket)
        for ref in ("failed", "deleted"):
            await program.order("generate", ref=ref, parameters=REQUEST)
        jobs = [(await program.hear_until("accepted"))[-1][0]["job"] for _ in range(2)]
        await sync_to_async(_change_behind_the_back)(*jobs)
        ends = {}
        while len(ends) < 2:
            message, _ = (await program.hear_until("job.failed", "error"))[-1]
            ends[message["ref"]] = (message["job"], message["data"])
    assert ends["failed"][0] == jobs[0]
    assert ends["failed"][1]["error"]["code"] == "out_of_memory"
    assert (ends["deleted"][0], ends["deleted"][1]["code"]) == (jobs[1], "not_found")


def _change_behind_the_back(failed, deleted):
    Job.objects.filter(pk=failed).update(status="failed", error_code="out_of_memory", sequence=99)
    Job.objects.filter(pk=deleted).delete()


async def test_a_reading_key_follows_and_orders_nothing(live_site):
    alice = await sync_to_async(make_user)("alice")
    row, key = await sync_to_async(make_key)(alice, "read")
    live_site.processes["worker"].send_signal(signal.SIGSTOP)
    job = await sync_to_async(_submitted)(alice)
    async with open_socket(live_site, {"X-API-Key": key}) as socket:
        program = Program(socket)
        await program.order("follow", job=str(job.pk))
        assert (await program.hear_until("accepted"))[-1][0]["job"] == str(job.pk)
        for order in ({"action": "generate", "parameters": REQUEST}, {"action": "cancel", "job": str(job.pk)}):
            await socket.send(json.dumps(order))
            assert (await program.hear_until("error"))[-1][0]["data"]["code"] == "forbidden_scope"
        await sync_to_async(revoke_key)(key=row, actor=alice)
        await program.order("follow", job=str(job.pk))
        assert (await program.hear_until("error"))[-1][0]["data"]["code"] == "unauthorized"
    job = await Job.objects.aget(pk=job.pk)
    assert (job.status, job.cancel_requested_at) == ("queued", None)


def _submitted(owner):
    from generation.jobs.submission.submit import submit_job

    requested = GenerationParameters(**REQUEST, checkpoint=Checkpoint.objects.get().slug)
    return submit_job(credentials=Credentials(owner), parameters=requested, source="api")


async def test_a_page_of_the_site_comes_in_by_session_and_pages_of_others_do_not(live_site):
    def logged_in():
        browser = Client()
        browser.force_login(make_user("alice", hasher="pbkdf2_sha256"))
        return browser.cookies["sessionid"].value

    cookie = {"Cookie": f"sessionid={await sync_to_async(logged_in)()}"}
    async with open_socket(live_site, cookie) as socket:
        ready, _ = await Program(socket).hear()
        assert (ready["data"]["user"], ready["data"]["scopes"]) == ("alice", None)
        await Program(socket).order("generate", parameters=REQUEST)
        await Program(socket).hear_until("job.succeeded")
    with pytest.raises(websockets.InvalidStatus):
        async with open_socket(live_site, {**cookie, "Origin": "http://evil.example"}):
            pass
