"""`/images/generate-ws` as a plain websocket client meets it: daphne, Valkey, a worker."""

import asyncio
import base64
import io
import json

import msgpack
import pytest
import websockets
from asgiref.sync import sync_to_async
from PIL import Image as Pillow

from gallery.models import Image
from generation.models import Job
from tests.support.clients.websocket_client import address, code_of, key_of
from tests.support.factories import make_user
from tests.support.site import wait_for

pytestmark = pytest.mark.django_db(transaction=True)

PAYLOAD = {
    "use_binary": True,
    "engine": "stable-diffusion-xl-1024-v1-0",
    "steps": 6,
    "width": 128,
    "height": 128,
    "seed": 0,
    "cfg_scale": 4,
    "samples": 2,
    "text_prompts": [{"text": "a red heart", "weight": 1}, {"text": "grey", "weight": -1}],
    "callback_steps": 2,
    "callback_start": 1,
}


def open_socket(site, query="", **headers):
    where = address(site, f"/images/generate-ws{query}")
    return websockets.connect(where, additional_headers=headers, max_size=None)


async def person(name, *scopes):
    user = await sync_to_async(make_user)(name)
    return user, await sync_to_async(key_of)(user, *scopes)


async def messages_of(socket, last):
    """Return every message up to that of step `last`, as the client unpacks them."""
    heard = []
    while not heard or heard[-1].get("step") != last:
        frame = await asyncio.wait_for(socket.recv(), 60)
        heard.append(msgpack.unpackb(frame) if isinstance(frame, bytes) else json.loads(frame))
        assert "status" not in heard[-1], heard[-1]
    return heard


def opened(jpeg):
    image = Pillow.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    return image


async def job_of(user):
    return await sync_to_async(Job.objects.get)(owner=user)


async def test_a_message_for_every_step_in_messagepack(live_site):
    alice, key = await person("alice")
    async with open_socket(live_site, f"?api_key={key}") as socket:
        await socket.send(json.dumps(PAYLOAD))
        heard = await messages_of(socket, last=5)
    assert [message["step"] for message in heard] == [0, 1, 2, 3, 4, 5]
    assert [step for step, message in enumerate(heard) if "artifacts" in message] == [1, 3, 5]
    assert {len(message["artifacts"]) for message in heard if "artifacts" in message} == {2}
    previews = [opened(jpeg) for message in heard[:-1] for jpeg in message.get("artifacts", [])]
    assert max(max(preview.size) for preview in previews) <= 256
    assert [opened(jpeg).size for jpeg in heard[-1]["artifacts"]] == [(128, 128)] * 2
    job = await job_of(alice)
    assert (job.source, job.status, job.parameters["negative_prompt"]) == ("stability", "succeeded", "grey")
    assert job.parameters["seed"] > 0
    files = await sync_to_async(lambda: [image.size_bytes for image in Image.objects.of_job(job.pk)])()
    assert [len(jpeg) for jpeg in heard[-1]["artifacts"]] == files


async def test_base64_and_two_sockets_of_two_users_at_once(live_site):
    people = [await person("alice"), await person("charlie")]
    payload = {**PAYLOAD, "use_binary": False, "samples": 1, "callback_steps": 1, "callback_start": 0}
    async with (
        open_socket(live_site, Authorization=f"Bearer {people[0][1]}") as hers,
        open_socket(live_site, **{"X-API-Key": people[1][1]}) as his,
    ):
        await hers.send(json.dumps({**payload, "seed": 7}))
        await his.send(json.dumps({**payload, "seed": 8, "steps": 4}))
        heard = await asyncio.gather(messages_of(hers, last=5), messages_of(his, last=3))
    for messages, (user, _), seed in zip(heard, people, (7, 8), strict=True):
        assert [message["step"] for message in messages] == list(range(len(messages)))
        images = [opened(base64.b64decode(message["artifacts"][0]["base64"])) for message in messages]
        assert {len(message["artifacts"]) for message in messages} == {1}
        assert images[-1].size == (128, 128)
        job = await job_of(user)
        assert job.parameters["seed"] == seed


async def test_closing_the_socket_cancels_its_own_job_and_no_other(live_site):
    (alice, key), (charlie, other) = await person("alice"), await person("charlie")
    async with open_socket(live_site, f"?api_key={other}") as his:
        await his.send(json.dumps({**PAYLOAD, "steps": 20, "callback_steps": 0}))
        async with open_socket(live_site, f"?api_key={key}") as hers:
            await hers.send(json.dumps({**PAYLOAD, "steps": 150, "samples": 8}))
            frame = await asyncio.wait_for(hers.recv(), 60)
            assert msgpack.unpackb(frame)["step"] == 0
        await sync_to_async(wait_for)(lambda: Job.objects.get(owner=alice).is_finished, what="the end of her job")
        heard = await messages_of(his, last=19)
    assert [len(message.get("artifacts", [])) for message in heard] == [0] * 19 + [2]
    assert (await job_of(alice)).status == "cancelled"
    assert (await job_of(charlie)).status == "succeeded"


async def refusal_of(socket):
    frame = await asyncio.wait_for(socket.recv(), 20)
    message = msgpack.unpackb(frame) if isinstance(frame, bytes) else json.loads(frame)
    assert message["status"] == "error"
    return message["message"], await code_of(socket)


async def test_missing_permissions_and_invalid_payloads_are_refused(live_site):
    _, key = await person("alice")
    _, lame = await person("charlie", "read")
    for query in ("", "?api_key=sds_wrong_key"):
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with open_socket(live_site, query):
                pass
        assert refused.value.response.status_code == 403
    async with open_socket(live_site, f"?api_key={lame}") as socket:
        assert (await refusal_of(socket))[1] == 4403
    for payload, words, code in (
        ("no payload", "JSON", 4400),
        (json.dumps({**PAYLOAD, "steps": 1000}), "steps must be 1 to 250", 4422),
        (json.dumps({**PAYLOAD, "width": 136, "use_binary": False}), "128x128", 4422),
    ):
        async with open_socket(live_site, f"?api_key={key}") as socket:
            await socket.send(payload)
            said, closed = await refusal_of(socket)
            assert words in said
            assert closed == code
    assert not await sync_to_async(Job.objects.exists)()
