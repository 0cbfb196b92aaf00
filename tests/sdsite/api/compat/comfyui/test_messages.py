"""What a websocket's client hears, without a worker: the order of messages, and what the rows alone tell."""

import asyncio
import io
import json
import struct

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from PIL import Image as Pillow

from sdsite.api.compat.comfyui import consumer as comfy_socket
from sdsite.api.compat.comfyui.images import read_files
from sdsite.api.compat.comfyui.messages import GraphMessages, wants_files, wants_previews
from tests.sdsite.api.compat.comfyui.conftest import Comfy
from tests.sdsite.api.compat.comfyui.test_views import finish
from tests.support.clients.api_client import make_key
from tests.support.clients.comfyui_workflows import node, text_to_image


def kinds(frames):
    return [frame[0:4] if isinstance(frame, bytes) else frame["type"] for frame in frames]


@pytest.fixture
def workflow(comfy):
    from generation.models import Workflow

    comfy.prompt(text_to_image())
    return Workflow.objects.get()


def test_no_message_is_sent_twice_or_after_the_end(workflow, alice):
    story = GraphMessages(workflow)
    assert kinds(story.preview(b"jpeg", 1, metadata=False))[:2] == ["execution_start", "execution_cached"]
    assert story.begin() == []
    assert kinds(story.progress(2, 4)) == ["progress_state", "progress"]
    assert story.progress(2, 4) == story.progress(1, 4) == []
    assert story.preview(b"jpeg", 1, metadata=False) == [], "of a batch only one image's"
    images = finish(str(workflow.pk), alice)
    workflow.job.refresh_from_db()
    end = story.end(workflow, images, 0)
    assert kinds(end) == ["executing", "executing", "executed", "execution_success", "status", "executing"]
    assert end[-1]["data"]["node"] is None
    assert story.end(workflow, images, 0) == story.progress(4, 4) == story.preview(b"x", 4, metadata=True) == []


def test_finished_images_go_by_websocket_where_the_graph_asks_for_it(comfy, alice):
    from generation.models import Workflow

    graph = text_to_image()
    graph["9"] = node("SaveImageWebsocket", images=["8", 0])
    prompt_id = comfy.prompt(graph, extra_data={"preview_method": "none"}).json()["prompt_id"]
    images = finish(prompt_id, alice, images=2)
    workflow = Workflow.objects.get()
    story = GraphMessages(workflow)
    assert wants_files(workflow)
    end = story.end(workflow, images, 0, read_files(images))
    at = [frame["data"].get("node") if isinstance(frame, dict) else "" for frame in end].index("9")
    assert [struct.unpack(">II", frame[:8]) for frame in end[at + 1 : at + 3]] == [(1, 2), (1, 2)]
    assert Pillow.open(io.BytesIO(end[at + 1][8:])).size == (128, 128)
    assert comfy.get(f"/history/{prompt_id}").json()[prompt_id]["outputs"] == {}


@pytest.mark.parametrize(
    ("method", "by_flag", "wanted"),
    [
        (None, False, False),
        (None, True, True),
        ("default", False, False),
        ("default", True, True),
        ("none", True, False),
        ("auto", False, True),
        ("latent2rgb", False, True),
        ("taesd", False, True),
        (["auto"], True, False),
    ],
)
def test_previews_are_sent_where_they_are_asked_for(comfy, method, by_flag, wanted):
    from generation.models import Workflow

    comfy.prompt(text_to_image(), extra_data={} if method is None else {"preview_method": method})
    assert wants_previews(Workflow.objects.get(), has_flag=by_flag) is wanted


def test_a_failure_is_sent_whatever_was_sent_before(workflow, alice):
    finish(str(workflow.pk), alice, status="failed", images=0, error_code="worker_lost", error_message="It died.")
    workflow.job.refresh_from_db()
    end = GraphMessages(workflow).end(workflow, [], 3)
    assert kinds(end)[:2] == ["execution_start", "execution_cached"]
    assert kinds(end)[-3:] == ["execution_error", "status", "executing"]
    error = end[-3]["data"]
    assert (error["exception_type"], error["exception_message"]) == ("worker_lost", "It died.")
    assert error["node_type"] == "KSampler"


@pytest.mark.django_db(transaction=True)
async def test_without_events_the_rows_are_polled(valkey, alice, checkpoint, monkeypatch):
    from sdsite.asgi import application

    monkeypatch.setattr(comfy_socket, "POLL_SECONDS", 0.1)
    monkeypatch.setattr("sdsite.api.websocket.job_consumer.POLL_SECONDS", 0.1)
    monkeypatch.setattr(comfy_socket.ComfySocket, "_receive_event", lambda self, envelope: None)
    _, key = await sync_to_async(make_key)(alice)
    client = await sync_to_async(Comfy)(alice)
    headers = [(b"x-api-key", key.encode()), (b"host", b"testserver")]
    socket = WebsocketCommunicator(application, "/ws?clientId=me", headers=headers)
    try:
        assert (await socket.connect())[0]
        assert json.loads(await socket.receive_from())["data"]["sid"] == "me"
        answer = await sync_to_async(client.prompt)(text_to_image(), client_id="me")
        await sync_to_async(finish)(answer.json()["prompt_id"], alice)
        heard = [""]
        async with asyncio.timeout(20):
            while heard[-1] != "executing None":
                message = json.loads(await socket.receive_from(10))
                heard.append(f"{message['type']} {message['data'].get('node')}")
        assert [one for one in heard if one.startswith("exec")][-3:] == [
            *("executed 9", "execution_success None", "executing None"),
        ]
    finally:
        await socket.disconnect()
