"""ComfyUI's websocket and addresses as plain clients use them: daphne, Valkey, a worker."""

import asyncio
import io
import json
import struct
import uuid

import httpx
import pytest
import websockets
from asgiref.sync import sync_to_async
from PIL import Image as Pillow

from tests.support.clients.comfyui_workflows import avatar, image_to_image, text_to_image
from tests.support.clients.websocket_client import address, key_of
from tests.support.factories import make_user
from tests.support.images import encoded, picture

pytestmark = pytest.mark.django_db(transaction=True)


class Program:
    """A client as Open WebUI is one: a websocket and plain requests, under one client id."""

    def __init__(self, site, key):
        self.id = uuid.uuid4().hex
        self.site = site
        self.key = key
        self.http = httpx.AsyncClient(base_url=site.url, headers={"Authorization": f"Bearer {key}"}, timeout=60)

    def connect(self, query=""):
        headers = {} if query else {"Authorization": f"Bearer {self.key}"}
        where = address(self.site, f"/ws?clientId={self.id}{query}")
        return websockets.connect(where, additional_headers=headers, max_size=None)

    async def prompt(self, graph, **beside):
        answer = await self.http.post("/prompt", json={"prompt": graph, "client_id": self.id, **beside})
        assert answer.status_code == 200, answer.text
        return answer.json()["prompt_id"]

    async def history(self, prompt_id):
        return (await self.http.get(f"/history/{prompt_id}")).json()[prompt_id]

    async def images(self, prompt_id):
        """Return the images in the history of a graph."""
        found = []
        for shown in (await self.history(prompt_id))["outputs"].values():
            for file in shown["images"]:
                answer = await self.http.get("/view", params=file)
                assert answer.status_code == 200, answer.text
                found.append(Pillow.open(io.BytesIO(answer.content)))
        return found


async def program_of(site, name):
    user = await sync_to_async(make_user)(name)
    return Program(site, await sync_to_async(key_of)(user, "generate", "read", "write"))


async def hear(socket, seconds=60):
    frame = await asyncio.wait_for(socket.recv(), seconds)
    return frame if isinstance(frame, bytes) else json.loads(frame)


async def hear_until_done(socket, prompt_id):
    """Return every message up to `executing` without a node; (texts, binaries)."""
    texts, binaries = [], []
    last = {"type": "executing", "data": {"node": None, "prompt_id": prompt_id}}
    while not texts or texts[-1] != last:
        message = await hear(socket)
        (binaries if isinstance(message, bytes) else texts).append(message)
    return texts, binaries


async def heard_so_far(socket):
    """Return what a client was told until it asks something and is answered."""
    await socket.send(json.dumps({"type": "feature_flags", "data": {}}))
    heard = [await hear(socket)]
    while heard[-1]["type"] != "feature_flags":
        heard.append(await hear(socket))
    return heard[:-1]


def in_order(texts):
    """Return what a client is told, shortened: the type, and the node where there is one; repetitions left out."""
    short = [f"{one['type']} {one['data'].get('node') or ''}".strip() for one in texts]
    return [one for number, one in enumerate(short) if number == 0 or one != short[number - 1]]


async def test_text_to_image_like_open_webui_and_other_users_receive_nothing(live_site):
    alice, charlie = await program_of(live_site, "alice"), await program_of(live_site, "charlie")
    other = Program(live_site, alice.key)
    async with alice.connect() as socket, other.connect() as beside, charlie.connect() as stranger:
        for one in (socket, beside, stranger):
            first = await hear(one)
            assert (first["type"], first["data"]["status"]["exec_info"]["queue_remaining"]) == ("status", 0)
        assert (await charlie.http.post("/interrupt")).status_code == 200
        prompt_id = await alice.prompt(text_to_image(steps=4), extra_data={"preview_method": "auto"})
        texts, binaries = await hear_until_done(socket, prompt_id)
        waiting = [one["data"]["status"]["exec_info"]["queue_remaining"] for one in texts if one["type"] == "status"]
        assert waiting == [1, 0]
        told = [one for one in in_order(texts) if one not in ("status", "progress_state")]
        before, sampled = told.index("executing 3"), told.index("executing 8")
        assert told[:2] == ["execution_start", "execution_cached"]
        assert set(told[2:before]) == {"executing 4", "executing 5", "executing 6", "executing 7"}
        assert set(told[before + 1 : sampled]) == {"progress 3"}
        assert told[sampled:] == ["executing 8", "executing 9", "executed 9", "execution_success", "executing"]
        progress = [one["data"] for one in texts if one["type"] == "progress"]
        assert progress[-1]["value"] == progress[-1]["max"] == 4
        assert {one["data"].get("prompt_id", prompt_id) for one in texts} == {prompt_id}
        assert binaries
        for frame in binaries:
            assert struct.unpack(">II", frame[:8]) == (1, 1)
            shown = Pillow.open(io.BytesIO(frame[8:]))
            assert shown.format == "JPEG"
            assert max(shown.size) <= 256
        assert {one["type"] for one in await heard_so_far(beside)} == {"status"}
        assert await heard_so_far(stranger) == []
    (image,) = await alice.images(prompt_id)
    assert (image.format, image.size) == ("PNG", (128, 128))
    assert image.text["parameters"].startswith("a red heart\nNegative prompt: blue\nSteps: 4")
    executed = next(one["data"] for one in texts if one["type"] == "executed")
    assert executed["output"] == (await alice.history(prompt_id))["outputs"]["9"]
    assert (await charlie.http.get("/history")).json() == {}
    assert (await charlie.http.get("/view", params=executed["output"]["images"][0])).status_code == 404


async def test_image_to_image_from_an_upload_with_metadata_in_previews(live_site):
    alice = await program_of(live_site, "alice")
    form = {"image": ("me.png", encoded(picture(size=(128, 128))), "image/png")}
    uploaded = (await alice.http.post("/api/upload/image", files=form, data={"type": "input"})).json()
    async with alice.connect(f"&api_key={alice.key}") as socket:
        await hear(socket)
        await socket.send(json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}}))
        assert (await hear(socket))["data"]["supports_preview_metadata"] is True
        prompt_id = await alice.prompt(image_to_image(uploaded["name"], steps=2))
        _, binaries = await hear_until_done(socket, prompt_id)
    for frame in binaries:
        kind, length = struct.unpack(">II", frame[:8])
        facts = json.loads(frame[8 : 8 + length])
        assert (kind, facts["node_id"], facts["prompt_id"], facts["image_type"]) == (4, "3", prompt_id, "image/jpeg")
        assert Pillow.open(io.BytesIO(frame[8 + length :])).format == "JPEG"
    assert binaries
    (image,) = await alice.images(prompt_id)
    assert "Denoising strength: 0.5" in image.text["parameters"]


async def test_no_previews_unless_asked_and_an_end_is_told_once_under_the_clients_own_id(live_site):
    alice = await program_of(live_site, "alice")
    own = "night-job:1"
    async with alice.connect() as socket:
        assert await alice.prompt(text_to_image(steps=4), prompt_id=own) == own
        texts, binaries = await hear_until_done(socket, own)
        assert binaries == []
        assert {one["data"].get("prompt_id", own) for one in texts} == {own}
        assert [one["type"] for one in texts].count("execution_success") == 1
        assert {one["type"] for one in await heard_so_far(socket)} <= {"status"}
    async with alice.connect() as again:
        later = await alice.prompt(text_to_image(steps=1))
        texts, _ = await hear_until_done(again, later)
    assert {one["data"].get("prompt_id", later) for one in texts} == {later}, "the first one is not told again"
    assert len(await alice.images(own)) == 1


async def test_an_end_that_no_connection_was_there_for_is_told_to_the_next(live_site):
    alice = await program_of(live_site, "alice")
    prompt_id = await alice.prompt(text_to_image(steps=1))
    async with asyncio.timeout(60):
        while not (await alice.http.get(f"/history/{prompt_id}")).json():
            await asyncio.sleep(0.05)
    async with alice.connect() as socket:
        texts, _ = await hear_until_done(socket, prompt_id)
    assert "executed" in {one["type"] for one in texts}


async def test_sillytavern_polls_the_history(live_site):
    import base64

    alice = await program_of(live_site, "alice")
    graph = avatar(base64.b64encode(encoded(picture(size=(60, 90)))).decode())
    body = json.dumps({"prompt": graph})  # goes out as text, without a client id
    answer = await alice.http.post("/prompt", content=body, headers={"Content-Type": "text/plain;charset=UTF-8"})
    prompt_id = answer.json()["prompt_id"]
    async with asyncio.timeout(60):
        while prompt_id not in (history := (await alice.http.get("/history")).json()):
            await asyncio.sleep(0.1)
    assert history[prompt_id]["status"]["status_str"] == "success"
    (image,) = await alice.images(prompt_id)
    assert image.size == (128, 128)


async def test_a_reconnected_client_receives_the_node_and_an_interrupt_ends_it(live_site):
    alice = await program_of(live_site, "alice")
    prompt_id = await alice.prompt(text_to_image(steps=150))
    async with asyncio.timeout(60):
        while not (await alice.http.get("/queue")).json()["queue_running"]:
            await asyncio.sleep(0.05)
    async with alice.connect() as socket:
        assert (await hear(socket))["data"]["sid"] == alice.id
        back = await hear(socket)
        assert (back["type"], back["data"]["node"]) == ("executing", "3")
        assert (await alice.http.post("/interrupt")).status_code == 200
        texts, _ = await hear_until_done(socket, prompt_id)
    assert [one["type"] for one in texts][-3:] == ["execution_interrupted", "status", "executing"]
    assert (await alice.history(prompt_id))["status"]["status_str"] == "error"


async def test_the_websocket_needs_a_key_with_the_read_scope(live_site):
    alice = await program_of(live_site, "alice")
    alice.key = "sd_wrong"
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with alice.connect():
            pass
    assert refused.value.response.status_code == 403
