"""Sockets ask permissions anew: one that opened with the right submits nothing after its person lost it."""

import asyncio
import json

import pytest
import websockets
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group

from generation.models import Job
from sdsite.accounts.models import Role
from tests.support.clients.websocket_client import Program, address, key_of
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

PERMISSION = "generation.submit_job"


def lose_rights(user):
    group = Group.objects.create(name="guests")
    Role.objects.create(group=group)
    user.groups.add(group)


async def test_open_sockets_submit_nothing_after_the_right_is_lost(live_site):
    alice = await sync_to_async(make_user)("alice")
    headers = {"Authorization": f"Bearer {await sync_to_async(key_of)(alice)}"}
    own = websockets.connect(
        address(live_site, "/ws/generate/"), additional_headers=headers, subprotocols=["sdsite.msgpack"]
    )
    theirs = websockets.connect(address(live_site, "/images/generate-ws"), additional_headers=headers)
    async with own as socket, theirs as stability:
        program = Program(socket)
        await program.hear()
        await sync_to_async(lose_rights)(alice)
        await program.order("generate", parameters={"prompt": "a red heart"})
        answer, _ = await program.hear()
        assert (answer["event"], answer["data"]["code"]) == ("error", "not_allowed")
        assert PERMISSION in answer["data"]["message"]
        await stability.send(json.dumps({"text_prompts": [{"text": "a red heart", "weight": 1}]}))
        assert PERMISSION in str(await asyncio.wait_for(stability.recv(), 60))
    assert not await sync_to_async(Job.objects.exists)()
