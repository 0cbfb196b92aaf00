"""Sockets decide by the rules of the site as all doors do, and by rules that are newer than the connection."""

import asyncio
import json

import msgpack
import pytest
import websockets
from asgiref.sync import sync_to_async

from gallery.models import RuleHit
from gallery.rules.changes import remove_rule
from generation.models import Job, RoleLimits
from tests.support.clients.api_client import knocking_as
from tests.support.clients.comfyui_workflows import node, text_to_image
from tests.support.clients.websocket_client import Program, address, key_of
from tests.support.factories import make_user
from tests.support.judged_doors import PROMPT, REASON, REQUEST, SMALL, Looks, post, worker_in_a_thread
from tests.support.rules import make_rule
from tests.support.tiny.classifier import save_classifier

pytestmark = pytest.mark.django_db(transaction=True)

SAFETY = "The site's safety checker refused every image of this job."
REVIEW = "4403 The images are under review until a moderator approves them."
# (decision, what the rule looks at) -> how the image looks, and what the native socket and Stability's say without one.
DECISIONS = {
    ("allow", "prompt"): ("sharp", "", ""),
    ("notify", "prompt"): ("sharp", "", ""),
    ("notify", "checker"): ("sharp", "", ""),
    ("blur", "prompt"): ("blurred", "", ""),
    ("blur", "checker"): ("blurred", "", ""),
    ("hold", "prompt"): (None, "quarantined", REVIEW),
    ("hold", "checker"): (None, "quarantined", REVIEW),
    ("refuse", "prompt"): (
        None,
        f"403 refused_by_rule {REASON}",
        f"4403 A rule of this site refuses this prompt: {REASON}",
    ),
    ("refuse", "checker"): (None, "refused_by_safety", f"4422 {SAFETY}"),
}
PAYLOAD = {
    "text_prompts": [{"text": PROMPT, "weight": 1}],
    "samples": 1,
    "cfg_scale": 4,
    "use_binary": True,
    "callback_steps": 0,
    **SMALL,
}


@pytest.fixture
def site(live_site, tmp_path, settings):
    """The live site with a worker in this process, whose checker flags nothing by itself."""
    live_site.kill("worker")
    settings.ENV = {**settings.ENV, "SDSITE_SAFETY": str(save_classifier(tmp_path)), "SDSITE_SAFETY_THRESHOLD": 1.1}
    RoleLimits.objects.create(safety="allow")
    with worker_in_a_thread() as rest:
        yield live_site, rest


async def ask_native(socket):
    """Return (bytes or None, why there is no image) of one job on an open native socket."""
    program = Program(socket)
    await program.order("generate", parameters=REQUEST, images=True, previews=False)
    heard = await program.hear_until("job.succeeded", "job.failed", "error")
    end = heard[-1][0]
    if end["event"] == "error":
        sentence = REASON if REASON in end["data"]["message"] else ""
        return None, f"403 {end['data']['code']} {sentence}"
    if end["event"] == "job.failed":
        return None, end["data"]["error"]["code"]
    [image] = end["data"]["images"]
    files = [body for message, body in heard if message["event"] == "job.image" and body]
    return (files[0] if files else None), "quarantined" if image["quarantined"] else ""


async def ask_stability(site, headers):
    """Return (bytes or None, code and sentence of the refusal) of one job on a socket of its own."""
    async with websockets.connect(address(site, "/images/generate-ws"), additional_headers=headers) as socket:
        await socket.send(json.dumps(PAYLOAD))
        while True:
            frame = await asyncio.wait_for(socket.recv(), 60)
            said = msgpack.unpackb(frame) if isinstance(frame, bytes) else json.loads(frame)
            if said.get("status") == "error":
                await socket.wait_closed()
                return None, f"{socket.close_code} {said['message']}"
            if said["step"] == 0 and said.get("artifacts"):
                return said["artifacts"][-1], ""


async def test_each_decision_holds_at_open_sockets(site):
    live_site, rest = site
    alice = await sync_to_async(make_user)("alice")
    headers = {"Authorization": f"Bearer {await sync_to_async(key_of)(alice)}"}
    own = websockets.connect(
        address(live_site, "/ws/generate/"), additional_headers=headers, subprotocols=["sdsite.msgpack"]
    )
    looks = {"websocket": Looks(), "stability": Looks()}
    async with own as socket:
        await Program(socket).hear()
        for (decision, scope), (look, by_native, by_stability) in DECISIONS.items():
            rule = await sync_to_async(make_rule)(scope=scope, decision=decision, reason=REASON, least_score=0.0)
            for door, why in (("websocket", by_native), ("stability", by_stability)):
                cell = f"{door}: {decision} by {scope}"
                data, said = await (ask_native(socket) if door == "websocket" else ask_stability(live_site, headers))
                await sync_to_async(rest)()
                assert said == why, cell
                assert await sync_to_async(looks[door].of)(data) == look, cell
                await sync_to_async(_check_rows)(cell, door, decision, scope)
            await sync_to_async(remove_rule)(rule=rule, actor=alice)


def _check_rows(cell, door, decision, scope):
    made = Job.objects.filter(source=door)
    expected = [] if decision == "allow" else [(door if scope == "prompt" else "worker", decision)]
    assert list(RuleHit.objects.values_list("door", "outcome")) == expected, cell
    assert made.exists() == ((decision, scope) != ("refuse", "prompt")), cell
    RuleHit.objects.all().delete()
    Job.objects.all().delete()


async def test_a_held_image_does_not_come_by_the_socket_of_comfyui(site):
    live_site, rest = site
    alice = await sync_to_async(make_user)("alice")
    headers = {"Authorization": f"Bearer {await sync_to_async(key_of)(alice)}"}
    await sync_to_async(make_rule)(decision="hold", words="heart")
    graph = {**text_to_image(steps=1), "9": node("SaveImageWebsocket", images=["8", 0])}
    where = address(live_site, "/ws?clientId=tests")
    async with websockets.connect(where, additional_headers=headers) as socket:
        client = await sync_to_async(knocking_as)(alice)
        sent = await sync_to_async(post)(client, "/prompt", {"prompt": graph, "client_id": "tests"})
        assert sent.status_code == 200, sent.content
        frames = []
        while not frames or isinstance(frames[-1], bytes) or json.loads(frames[-1])["type"] != "execution_success":
            frames.append(await asyncio.wait_for(socket.recv(), 60))
    assert not [frame for frame in frames if isinstance(frame, bytes)]
    await sync_to_async(rest)()
