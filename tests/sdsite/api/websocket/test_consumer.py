"""`/ws/generate/` through its real door: a program submits and follows over one socket."""

import asyncio
import base64
import io
import json
import os
import signal
import socket as plain
import uuid
from contextlib import closing

import pytest
import websockets
from asgiref.sync import sync_to_async
from PIL import Image as Pillow

from generation.events.publish import drain, publish, publish_preview
from generation.events.types import JobImage, JobPreview
from generation.jobs.cancel import cancel_job
from generation.models import Checkpoint, Job
from tests.support.clients.websocket_client import Program, address, code_of, key_of
from tests.support.factories import make_job, make_user
from tests.support.site import wait_for

ENDINGS = ("job.succeeded", "job.failed", "job.cancelled")
pytestmark = pytest.mark.django_db(transaction=True)


def open_socket(site, key=None, *, protocol="sdsite.msgpack", query="", **options):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    offered = [protocol] if protocol else None
    where = address(site, f"/ws/generate/{query}")
    return websockets.connect(where, additional_headers=headers, subprotocols=offered, max_size=None, **options)


async def person(name, *scopes):
    user = await sync_to_async(make_user)(name)
    return user, await sync_to_async(key_of)(user, *scopes)


def told(heard, event):
    return [(message["data"], body) for message, body in heard if message["event"] == event]


def size_of(picture):
    return Pillow.open(io.BytesIO(picture)).size


async def test_a_job_is_ordered_followed_and_handed_over_on_one_socket(live_site):
    _, key = await person("alice")
    requested = {
        "prompt": "a red heart",
        "count": 2,
        "steps": 7,
        "seed": 5,
        "preview": {"every": 2, "start": 3, "size": 64},
    }
    async with open_socket(live_site, key) as socket:
        program = Program(socket)
        ready, _ = await program.hear()
        assert (ready["event"], ready["data"]["scopes"]) == ("ready", ["generate", "read"])
        await program.order("generate", ref="mine", parameters=requested, images=True)
        heard = await program.hear_until("job.succeeded")
    (accepted, _), *_ = told(heard, "accepted")
    assert accepted["source"] == "websocket"
    assert {message["ref"] for message, _ in heard} == {"mine"}
    assert {message["job"] for message, _ in heard} == {accepted["id"]}
    previews = told(heard, "job.preview")
    assert sorted((data["index"], data["step"]) for data, _ in previews) == [(i, s) for i in (0, 1) for s in (3, 5, 7)]
    assert {size_of(body) for _, body in previews} == {(64, 64)}
    images = told(heard, "job.image")
    assert sorted(data["index"] for data, _ in images) == [0, 1]
    assert {(Pillow.open(io.BytesIO(body)).format, size_of(body)) for _, body in images} == {("PNG", (128, 128))}


async def test_several_jobs_share_a_socket_and_one_is_called_off(live_site):
    _, key = await person("alice")
    async with open_socket(live_site, key, protocol="sdsite.json") as socket:
        program = Program(socket)
        await program.order("generate", ref="long", parameters={"prompt": "a red heart", "steps": 150, "count": 8})
        accepted = await program.hear_until("accepted")
        long = accepted[-1][0]["job"]
        await program.hear_until("job.progress")
        await program.order("generate", ref="short", parameters={"prompt": "a red heart", "steps": 2}, images=True)
        await program.order("cancel", ref="stop", job=long)
        heard = await program.hear_until("job.succeeded")
        both = [message for message, _ in program.seen]
    assert [message["data"]["code"] for message in both if message["event"] == "error"] == []
    ends = {
        message["ref"]: message["event"] for message in both if message["event"] in ("job.cancelled", "job.succeeded")
    }
    assert ends == {"long": "job.cancelled", "short": "job.succeeded"}
    assert any(message["event"] == "accepted" and message["ref"] == "stop" for message in both)
    (image,) = [message for message, _ in heard if message["event"] == "job.image"]
    assert size_of(base64.b64decode(image["base64"])) == (128, 128)
    assert any("base64" in message for message in both if message["event"] == "job.preview")


async def test_without_a_subprotocol_frames_are_those_of_the_browser(live_site):
    _, key = await person("alice")
    async with open_socket(live_site, None, protocol=None, query=f"?api_key={key}") as socket:
        program = Program(socket)
        requested = {"prompt": "a red heart", "steps": 2}
        await program.order("generate", parameters=requested, images=True, previews=False)
        heard = await program.hear_until("job.succeeded")
    assert not told(heard, "job.preview")
    assert size_of(told(heard, "job.image")[0][1]) == (128, 128)
    assert "ref" not in heard[-1][0]


async def test_who_lost_the_line_follows_the_job_anew(live_site):
    alice, key = await person("alice")
    _, other = await person("charlie")
    checkpoint = await Checkpoint.objects.aget(slug="starter")
    done = await sync_to_async(make_job)(alice, checkpoint, steps=2)
    await sync_to_async(wait_for)(lambda: Job.objects.get(pk=done.pk).is_finished, what="the first job")
    running = await sync_to_async(make_job)(alice, checkpoint, steps=150, count=8)
    async with open_socket(live_site, key) as socket, open_socket(live_site, other) as his:
        program, stranger = Program(socket), Program(his)
        await program.order("follow", ref="old", job=str(done.pk), images=True)
        heard = await program.hear_until("job.succeeded")
        assert size_of(told(heard, "job.image")[0][1]) == (128, 128)
        await program.order("follow", ref="new", job=str(running.pk))
        await program.hear_until("job.progress")
        for action in ("follow", "cancel"):
            await stranger.order(action, ref=action, job=str(running.pk))
            refused, _ = (await stranger.hear_until("error"))[-1]
            assert (refused["ref"], refused["data"]["code"]) == (action, "not_found")
        await program.order("cancel", job=str(running.pk))
        await program.hear_until("job.cancelled")
    assert not any(message["event"].startswith("job.") for message, _ in stranger.seen)


async def test_a_client_that_does_not_read_loses_previews_and_no_state(live_site):
    alice, key = await person("alice")
    live_site.processes["worker"].send_signal(signal.SIGSTOP)
    sent, large = 120, os.urandom(250_000)  # 30 MB: more than any buffer on the way holds

    def draw(job_id):
        for number in range(1, sent + 1):
            publish_preview(alice.pk, JobPreview(job_id, 10 + number, number % 2, number), large)
            publish(alice.pk, JobImage(job_id, 10 + number, number, {"number": number}))
            assert drain()
        cancel_job(job=Job.objects.get(pk=job_id), actor=alice)
        assert drain()

    with closing(plain.socket()) as narrow:
        narrow.setsockopt(plain.SOL_SOCKET, plain.SO_RCVBUF, 4096)
        narrow.connect(("127.0.0.1", live_site.port))
        async with open_socket(live_site, key, sock=narrow, max_queue=1, ping_interval=None) as socket:
            program = Program(socket)
            await program.order("generate", parameters={"prompt": "a red heart", "steps": 2})
            job = (await program.hear_until("accepted"))[-1][0]["job"]
            async with open_socket(live_site, key) as other:
                # Nothing is read meanwhile, until another socket has heard the end: then all of it was said.
                await Program(other).order("follow", job=job, previews=False)
                await sync_to_async(draw)(job)
                await Program(other).hear_until("job.cancelled")
            heard = await program.hear_until("job.cancelled")
    assert [data["index"] for data, _ in told(heard, "job.image")] == list(range(1, sent + 1))
    steps = [data["step"] for data, _ in told(heard, "job.preview")]
    assert steps[-2:] == [sent - 1, sent]
    assert len(steps) < sent * 3 / 4


async def test_nobody_comes_in_without_a_key_that_may_read(live_site):
    _, deaf = await person("alice", "generate")
    for key, query in [(None, ""), ("sds_wrong_key", ""), (None, "?api_key=wrong")]:
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with open_socket(live_site, key, protocol="sdsite.json", query=query):
                pass
        assert refused.value.response.status_code == 403
    async with open_socket(live_site, deaf, protocol="sdsite.json") as socket:
        refusal = json.loads(await asyncio.wait_for(socket.recv(), 10))
        assert (refusal["event"], refusal["data"]["code"]) == ("error", "forbidden_scope")
        assert await code_of(socket) == 4403


async def test_commands_that_arrive_faster_than_they_are_handled_wait(live_site):
    _, key = await person("alice", "generate", "read")
    nowhere, number = str(uuid.uuid4()), 600
    async with open_socket(live_site, key, protocol="sdsite.json") as socket:
        assert json.loads(await asyncio.wait_for(socket.recv(), 10))["event"] == "ready"
        for ref in range(number):
            await socket.send(json.dumps({"action": "cancel", "job": nowhere, "ref": str(ref)}))
        answers = [json.loads(await asyncio.wait_for(socket.recv(), 30)) for _ in range(number)]
    assert [one["ref"] for one in answers] == [str(ref) for ref in range(number)]
    assert {one["data"]["code"] for one in answers} == {"not_found"}
