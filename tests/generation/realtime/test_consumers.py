"""The websocket through its real door: daphne, Valkey, a worker."""

import asyncio
import json

import pytest
import websockets
from asgiref.sync import sync_to_async

from generation.events.framing import decode_binary
from sdsite.accounts.api_keys import create_key
from tests.support.factories import make_checkpoint, make_job, make_user
from tests.support.site import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def key_of(user, scopes=("read", "generate")):
    return create_key(owner=user, name="tests", scopes=list(scopes))[1]


def connect(site, key, **options):
    headers = {"Authorization": f"Bearer {key}"}
    return websockets.connect(site.websocket_url, additional_headers=headers, max_size=None, **options)


async def receive(socket, until, seconds=60):
    """Return every message up to and including the first of event `until`; previews as (message, bytes)."""
    messages, limit = [], asyncio.get_running_loop().time() + seconds
    while True:
        frame = await asyncio.wait_for(socket.recv(), limit - asyncio.get_running_loop().time())
        message, body = decode_binary(frame) if isinstance(frame, bytes) else (json.loads(frame), None)
        messages.append((message, body))
        if message["event"] == until:
            return messages


@pytest.fixture
def starter():
    from generation.models import Checkpoint

    return Checkpoint.objects.get(slug="starter")


async def test_a_job_tells_its_whole_story(live_site, starter):
    alice = await sync_to_async(make_user)("alice")
    key = await sync_to_async(key_of)(alice)
    async with connect(live_site, key) as socket:
        first = json.loads(await socket.recv())
        assert (first["event"], first["data"]) == ("snapshot", {"jobs": []})
        job = await sync_to_async(make_job)(alice, starter, count=2, steps=8, preview={"every": 1})
        messages = await receive(socket, "job.succeeded")
    # The web process may announce the job's place in the queue between the commit and the event of whoever made it.
    names = [message["event"] for message, _ in messages if message["event"] != "queue.moved"]
    assert names[0] == "job.queued"
    assert names.count("job.started") == 1
    assert names.count("job.image") == 2
    assert {message["job"] for message, _ in messages} == {str(job.pk)}
    sequences = [message["sequence"] for message, _ in messages]
    assert sequences == sorted(sequences)
    steps = [message["data"]["step"] for message, _ in messages if message["event"] == "job.progress"]
    assert steps == sorted(steps)
    assert steps[-1] == messages[-1][0]["data"]["progress"]["total"]
    previews = [(message["data"]["index"], message["data"]["step"], body) for message, body in messages if body]
    assert {(index, step) for index, step, _ in previews} == {(i, s) for i in range(2) for s in range(1, 9)}
    assert all(body.startswith(b"\xff\xd8") for *_, body in previews)


async def test_a_stranger_hears_nothing(live_site, starter):
    alice, charlie = await sync_to_async(make_user)("alice"), await sync_to_async(make_user)("charlie")
    keys = [await sync_to_async(key_of)(user) for user in (alice, charlie)]
    async with connect(live_site, keys[0]) as hers, connect(live_site, keys[1]) as his:
        await hers.recv()
        assert json.loads(await his.recv())["data"] == {"jobs": []}
        job = await sync_to_async(make_job)(alice, starter, steps=100)
        await receive(hers, "job.progress")
        async with connect(live_site, keys[1]) as late:  # while hers is running
            assert json.loads(await late.recv())["data"] == {"jobs": []}
        await receive(hers, "job.succeeded")
        own = await sync_to_async(make_job)(charlie, starter, steps=4)
        heard = await receive(his, "job.succeeded")
    assert {message["job"] for message, _ in heard} == {str(own.pk)}
    assert str(job.pk) != str(own.pk)


async def test_who_connects_in_mid_job_sees_it_and_its_last_previews(live_site, starter):
    alice = await sync_to_async(make_user)("alice")
    key = await sync_to_async(key_of)(alice)
    async with connect(live_site, key) as early:
        await early.recv()
        job = await sync_to_async(make_job)(alice, starter, count=2, steps=150)
        await receive(early, "job.preview")
        async with connect(live_site, key) as late:
            snapshot = json.loads(await late.recv())
            assert [shown["id"] for shown in snapshot["data"]["jobs"]] == [str(job.pk)]
            frame = await asyncio.wait_for(late.recv(), 5)
            message, body = decode_binary(frame)
            assert message["event"] == "job.preview"
            assert body.startswith(b"\xff\xd8")


@pytest.mark.parametrize("key", ["sds_wrong_key", ""])
async def test_the_handshake_is_refused_without_a_key(live_site, key):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with connect(live_site, key):
            pass
    assert refused.value.response.status_code == 403


async def test_a_key_without_the_scope_is_turned_away(live_site):
    alice = await sync_to_async(make_user)("alice")
    key = await sync_to_async(key_of)(alice, ["generate"])
    async with connect(live_site, key) as socket:
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 10)
    assert closed.value.rcvd.code == 4403


async def test_pages_of_other_sites_are_refused(live_site):
    alice = await sync_to_async(make_user)("alice")
    key = await sync_to_async(key_of)(alice)
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with connect(live_site, key, origin="http://evil.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_programs_may_come_by_subprotocol_and_speak_messagepack(live_site, starter):
    import msgpack

    alice = await sync_to_async(make_user)("alice")
    key = await sync_to_async(key_of)(alice)
    offered = ["sdsite.msgpack", f"bearer.{key}"]
    async with websockets.connect(live_site.websocket_url, subprotocols=offered, max_size=None) as socket:
        assert socket.subprotocol == "sdsite.msgpack"
        assert msgpack.unpackb(await socket.recv())["event"] == "snapshot"
        await sync_to_async(make_job)(alice, starter, steps=4)
        while (message := msgpack.unpackb(await asyncio.wait_for(socket.recv(), 30)))["event"] != "job.preview":
            pass
        assert message["bytes"].startswith(b"\xff\xd8")


def test_a_second_checkpoint_is_loaded_when_asked_for(live_site):
    alice = make_user("alice")
    job = make_job(alice, make_checkpoint("second"), steps=2)
    wait_for(lambda: type(job).objects.get(pk=job.pk).status == "succeeded", what="the job of the second checkpoint")


async def test_a_slow_client_gets_the_newest_previews_and_no_backlog(live_site, starter):
    from generation.realtime.consumers import WINDOW

    alice = await sync_to_async(make_user)("alice")
    key = await sync_to_async(key_of)(alice)
    async with connect(live_site, key) as socket:
        await socket.recv()
        await socket.send('{"ack": 0}')
        await sync_to_async(make_job)(alice, starter, steps=100, preview={"every": 1})
        messages = await receive(socket, "job.succeeded")
        assert sum(body is not None for _, body in messages) == WINDOW
        await socket.send('{"ack": 1}')
        message, _ = decode_binary(await asyncio.wait_for(socket.recv(), 5))
    assert (message["data"]["index"], message["data"]["step"]) == (0, 100)


@pytest.mark.parametrize("nonsense", ["", "[]", "{}", '{"ack": "x"}', '{"ack": -5}', '{"ack": 1e999}', "\x00"])
async def test_nonsense_from_a_client_is_ignored(live_site, starter, nonsense):
    alice = await sync_to_async(make_user)("alice")
    key = await sync_to_async(key_of)(alice)
    async with connect(live_site, key) as socket:
        await socket.recv()
        await socket.send(nonsense)
        await socket.send(b"\xff\xfe")
        await sync_to_async(make_job)(alice, starter, steps=2)
        await receive(socket, "job.succeeded")


async def test_the_first_to_connect_after_a_restart_of_valkey_gets_in(live_site, starter):
    alice = await sync_to_async(make_user)("alice")
    key = await sync_to_async(key_of)(alice)
    async with connect(live_site, key) as socket:
        await socket.recv()
    await sync_to_async(live_site.restart)("valkey")
    async with connect(live_site, key) as socket:
        await socket.recv()
        await sync_to_async(make_job)(alice, starter, steps=2)
        await receive(socket, "job.succeeded")


async def test_an_open_connection_hears_again_after_a_restart_of_valkey(live_site, starter):
    alice = await sync_to_async(make_user)("alice")
    key = await sync_to_async(key_of)(alice)
    async with connect(live_site, key) as socket:
        await socket.recv()
        await sync_to_async(live_site.restart)("valkey")
        jobs = []
        for _ in range(20):  # the layer subscribes again within a second or so
            jobs.append(str((await sync_to_async(make_job)(alice, starter, steps=2)).pk))
            try:
                messages = await receive(socket, "job.succeeded", seconds=3)
                break
            except TimeoutError:
                continue
    assert messages[-1][0]["job"] in jobs  # on a busy machine the end of an earlier one may come only now
