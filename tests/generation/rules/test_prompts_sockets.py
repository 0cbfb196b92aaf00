"""Sockets refuse by the rules of the site too, and by a rule that is newer than the connection."""

import asyncio
import json

import pytest
import websockets
from asgiref.sync import sync_to_async

from gallery.models import RuleHit
from generation.models import Job
from tests.support.clients.websocket_client import Program, address, key_of
from tests.support.factories import make_user
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db(transaction=True)

REASON = "No airships here"


async def test_open_sockets_obey_a_new_rule(live_site):
    alice = await sync_to_async(make_user)("alice")
    headers = {"Authorization": f"Bearer {await sync_to_async(key_of)(alice)}"}
    own = websockets.connect(
        address(live_site, "/ws/generate/"), additional_headers=headers, subprotocols=["sdsite.msgpack"]
    )
    theirs = websockets.connect(address(live_site, "/images/generate-ws"), additional_headers=headers)
    async with own as socket, theirs as stability:
        program = Program(socket)
        await program.hear()
        await sync_to_async(make_rule)(reason=REASON)
        await program.order("generate", parameters={"prompt": "a zeppelin"})
        answer, _ = await program.hear()
        assert (answer["event"], answer["data"]["code"]) == ("error", "refused_by_rule")
        assert REASON in answer["data"]["message"]
        await stability.send(json.dumps({"text_prompts": [{"text": "a zeppelin", "weight": 1}]}))
        assert REASON in str(await asyncio.wait_for(stability.recv(), 60))
    assert not await sync_to_async(Job.objects.exists)()
    doors = await sync_to_async(lambda: sorted(RuleHit.objects.values_list("door", flat=True)))()
    assert doors == ["stability", "websocket"]
