"""Every door of a running site says in the job that it was this door."""

import json

import httpx
import pytest
import websockets
from asgiref.sync import sync_to_async

from generation.models import Job
from tests.support.clients.comfyui_workflows import text_to_image
from tests.support.clients.websocket_client import Program, address, key_of
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

SIZE = {"width": 128, "height": 128}
STABILITY = {
    "engine": "stable-diffusion-xl-1024-v1-0",
    "steps": 1,
    "seed": 0,
    "cfg_scale": 4,
    "samples": 1,
    **SIZE,
    "text_prompts": [{"text": "a red heart", "weight": 1}],
}
MCP_CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "generate", "arguments": {"prompt": "a red heart", "steps": 1}},
}
ELSEWHERE = {Job.Source.COMMAND, Job.Source.VERIFY, Job.Source.STUDIO, Job.Source.CALIBRATE}  # no programs' doors


def by_post(path, body, **more):
    async def ask(site, headers):
        headers = {**headers, **more}
        async with httpx.AsyncClient(base_url=site.url, headers=headers, timeout=60) as client:
            answer = await client.post(path, json=body)
            assert answer.is_success, answer.text

    return ask


async def by_websocket(site, headers):
    async with websockets.connect(address(site, "/ws/generate/"), additional_headers=headers) as socket:
        program = Program(socket)
        await program.order("generate", parameters={"prompt": "a red heart", "steps": 1})
        await program.hear_until("job.succeeded")


async def by_stability(site, headers):
    async with websockets.connect(address(site, "/images/generate-ws"), additional_headers=headers) as socket:
        await socket.send(json.dumps(STABILITY))
        await socket.recv()


DOORS = {
    Job.Source.API: by_post("/api/v1/jobs", {"prompt": "a red heart", "steps": 1}),
    Job.Source.WEBSOCKET: by_websocket,
    Job.Source.OPENAI: by_post("/v1/images/generations", {"prompt": "a red heart"}),
    Job.Source.SDAPI: by_post("/sdapi/v1/txt2img", {"prompt": "a red heart", "steps": 1, **SIZE}),
    Job.Source.STABILITY: by_stability,
    Job.Source.COMFYUI: by_post("/prompt", {"prompt": text_to_image(steps=1)}),
    Job.Source.SIMPLE: by_post("/generate", {"prompt": "a red heart", "steps": 1}),
    Job.Source.MCP: by_post("/mcp", MCP_CALL, Accept="application/json"),
}


async def test_each_door_leaves_its_name_in_the_job(live_site):
    assert set(DOORS) == set(Job.Source) - ELSEWHERE, "a new source needs its door here"
    user = await sync_to_async(make_user)("alice")
    key = await sync_to_async(key_of)(user, "generate", "read")
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=live_site.url, headers=headers) as client:
        for source, ask in DOORS.items():
            await ask(live_site, headers)
            found = (await client.get("/api/v1/jobs", params={"source": source.value})).json()["items"]
            assert [one["source"] for one in found] == [source.value], source
