"""The MCP SDK's own client against a running site with a worker, in both of the protocol's manners."""

import asyncio
import base64
import io
import signal

import httpx
import pytest
from asgiref.sync import sync_to_async
from PIL import Image as Pillow

from generation.models import Job
from sdsite.accounts.models import User
from sdsite.accounts.roles.suspension import suspend
from sdsite.api.compat.mcp.transport import MOST_OPEN
from tests.support.clients.api_client import make_key
from tests.support.clients.mcp_client import LEGACY, MODERN, mcp_client, refusal, told
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

PATIENT = {"wait_seconds": 300}  # on a busy machine
QUICK = {"prompt": "a red heart", "steps": 2, "seed": 7, **PATIENT}


@sync_to_async
def person(name, *scopes):
    """Return a person and the text of a key of theirs."""
    user = make_user(name)
    return user, make_key(user, *scopes)[1]


@sync_to_async
def jobs_of(user):
    return list(Job.objects.filter(owner=user).order_by("created_at"))


def opened(image):
    return Pillow.open(io.BytesIO(base64.b64decode(image.data)))


@pytest.mark.parametrize("mode", [MODERN, LEGACY])
async def test_generate_edit_search_and_show(live_site, mode):
    alice, key = await person("alice")
    reports = []

    async def report(progress, total, message):
        reports.append((progress, total, message))

    async with mcp_client(live_site, key, mode) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} >= {"generate", "edit", "get_image"}
        models, _ = await told(client, "list_models")
        assert [one["checkpoint"] for one in models["checkpoints"]] == ["starter"]
        made = await client.call_tool("generate", {**QUICK, "steps": 12, "count": 2}, progress_callback=report)
        assert not made.is_error, (made.content, live_site.log("web")[-3000:])
        answer, images = made.structured_content, [block for block in made.content if block.type == "image"]
        assert (answer["status"], answer["finished"]) == ("succeeded", True)
        assert [opened(image).size for image in images] == [(128, 128)] * 2
        assert [image["seed"] for image in answer["images"]] == [7, 8]
        steps = [progress for progress, _, _ in reports]
        assert steps == sorted(set(steps))
        assert reports[-1][2] == "succeeded"

        first = answer["images"][0]
        over = {"prompt": "a blue bird", "init_image": f"image:{first['id']}", "steps": 2, "show": "full", **PATIENT}
        edited, [changed] = await told(client, "edit", **over)
        assert opened(changed).format == "PNG"
        found, small = await told(client, "search_my_images", q="heart", show="thumbnail")
        assert {one["id"] for one in found["images"]} == {one["id"] for one in answer["images"]}
        assert [image.mime_type for image in small] == ["image/webp"] * 2
        shown, [file] = await told(client, "get_image", image_id=edited["images"][0]["id"], show="full")
        assert (shown["prompt"], file.data) == ("a blue bird", changed.data)
        resource = (await client.read_resource(edited["images"][0]["uri"])).contents[0]
        assert (resource.mime_type, resource.blob) == ("image/png", changed.data)
        listed = (await client.list_resources()).resources
        assert (listed[0].uri, len(listed)) == (edited["images"][0]["uri"], 3)
    assert {(job.source, job.parameters["task"]) for job in await jobs_of(alice)} == {
        ("mcp", "text_to_image"),
        ("mcp", "image_to_image"),
    }


async def test_those_who_hang_up_in_mid_wait_leave_no_place_taken(live_site):
    alice, key = await person("alice")
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    async with httpx.AsyncClient(base_url=live_site.url, headers=headers, timeout=300) as http:

        async def ask(**arguments):
            params = {"name": "generate", "arguments": {"prompt": "a red heart", "idempotency_key": "one", **arguments}}
            message = http.build_request(
                "POST", "/mcp", json={**call, "params": {**params, "_meta": {"progressToken": 1}}}
            )
            return await http.send(message, stream=True)

        async def taken(**arguments):
            """Return the first answer that is no refusal: the site needs a moment to notice who has hung up."""
            while (response := await ask(**arguments)).status_code == 429:
                await response.aclose()
                await asyncio.sleep(0.05)
            return response

        live_site.kill("worker", signal.SIGSTOP)
        try:
            for _ in range(MOST_OPEN + 4):
                response = await taken(wait_seconds=300)
                await anext(response.aiter_bytes())
                await response.aclose()
            response = await taken(wait_seconds=0)
            assert b'"finished":false' in (await response.aread()).replace(b" ", b"")
            full = await asyncio.gather(*(ask(wait_seconds=300) for _ in range(MOST_OPEN + 1)))
            assert {one.status_code for one in full} == {200, 429}
            for one in full:
                await one.aclose()
        finally:
            live_site.kill("worker", signal.SIGCONT)
    assert len(await jobs_of(alice)) == 1


async def test_wait_cancel_strangers_and_the_end_of_a_key(live_site):
    alice, key = await person("alice")
    _, foreign = await person("charlie")
    _, reading = await person("bob", "read")
    slow = {"prompt": "a red heart", "steps": 250, "count": 4}
    async with (
        mcp_client(live_site, key) as client,
        mcp_client(live_site, foreign) as stranger,
        mcp_client(live_site, reading, LEGACY) as reader,
    ):
        made, _ = await told(client, "generate", **QUICK, show="none")
        job, _ = await told(client, "generate", **slow, wait_seconds=0)
        assert (job["finished"], "job_id" in job["hint"]) == (False, True)
        for tool, arguments in (
            ("wait", {"job_id": job["job_id"]}),
            ("cancel", {"job_id": job["job_id"]}),
            ("get_image", {"image_id": made["images"][0]["id"]}),
            ("edit", {"prompt": "mine", "init_image": f"image:{made['images'][0]['id']}"}),
        ):
            code = (await refusal(stranger, tool, **arguments))["code"]
            assert code == ("invalid_parameters" if tool == "edit" else "not_found"), tool
        assert {tool.name for tool in (await reader.list_tools()).tools}.isdisjoint({"generate", "edit", "cancel"})
        assert (await refusal(reader, "generate", prompt="a heart"))["code"] == "forbidden_scope"

        await told(client, "cancel", job_id=job["job_id"])
        ended = await client.call_tool("wait", {"job_id": job["job_id"], **PATIENT})
        assert (ended.is_error, ended.structured_content["status"]) == (True, "cancelled")

        waiting = asyncio.create_task(client.call_tool("generate", {**slow, **PATIENT}))
        while len(await jobs_of(alice)) < 3:
            await asyncio.sleep(0.05)
        await sync_to_async(suspend)(user=alice, until=None, reason="", actor=None)
        refused = (await asyncio.wait_for(waiting, 120)).structured_content["error"]
        assert refused["code"] == "unauthorized"
    assert (await sync_to_async(User.objects.get)(pk=alice.pk)).is_active is False
