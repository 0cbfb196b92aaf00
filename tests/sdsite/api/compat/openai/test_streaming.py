"""An error in a stream of OpenAI's API is its last event."""

import json

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from generation.jobs.cancel import cancel_job
from generation.realtime import waiting
from sdsite.api.compat.openai import streaming
from tests.sdsite.api.compat.openai.conftest import job_of
from tests.support.clients.api_client import make_key

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_wait")]


async def test_an_error_in_a_stream_is_its_last_event(alice, checkpoint, monkeypatch):
    monkeypatch.setattr(waiting, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(streaming, "KEEP_ALIVE_SECONDS", 0.01)
    key = (await sync_to_async(make_key)(alice))[1]
    body = json.dumps({"prompt": "a red heart", "stream": True, "partial_images": 2})
    headers = {"Authorization": f"Bearer {key}"}
    response = await AsyncClient().post("/v1/images/generations", body, "application/json", headers=headers)
    assert response["Content-Type"] == "text/event-stream"
    job = await sync_to_async(job_of)(response)
    parts = aiter(response.streaming_content)
    assert (await anext(parts)).startswith(b": ")
    await sync_to_async(cancel_job)(job=job, actor=alice)
    last = [part async for part in parts if not part.startswith(b": ")]
    name, _, data = last[0].decode().partition("\ndata: ")
    assert (len(last), name) == (1, "event: error")
    assert json.loads(data)["error"]["code"] == "cancelled"
