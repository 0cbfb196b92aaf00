"""Hostile input at all APIs: huge numbers, a thousand levels, unpaired surrogates."""

import base64
import json

import msgpack
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from generation.events.framing import FRAMERS
from generation.models import Job
from sdsite.api.compat.sdapi import generate
from sdsite.api.compat.stability.requests import read_payload
from sdsite.api.endpoint import answer_for
from sdsite.api.websocket.messages import Refused, read_command
from tests.support.clients.api_client import knocking_as
from tests.support.clients.comfyui_workflows import text_to_image
from tests.support.images import encoded

pytestmark = pytest.mark.django_db

HUGE = 10**400
SQUARED_TOO_LONG = 10**4000  # its square has more digits than Python writes
DOORS = {"native": "/api/v1/jobs", "openai": "/v1/images/generations", "sdapi": "/sdapi/v1/txt2img"}


@pytest.fixture
def client(alice, checkpoint):
    """Alice, by key; nothing that she sends here becomes a job."""
    yield knocking_as(alice)
    assert not Job.objects.exists()


def send(client, address, body):
    """Return (status, answer) of a POST of `body`, encoded unless it is text."""
    text = body if isinstance(body, str) else json.dumps(body)
    response = client.post(address, text, content_type="application/json")
    return response.status_code, response.json()


def nested(depth):
    """Return JSON of so many levels."""
    return '{"a":' * depth + "1" + "}" * depth


@pytest.mark.parametrize(("field", "number"), [("steps", HUGE), ("seed", -HUGE), ("width", HUGE)])
@pytest.mark.parametrize("door", DOORS)
def test_whole_numbers_of_hundreds_of_digits_are_out_of_range(client, door, field, number):
    status, answer = send(client, DOORS[door], {"prompt": "a red heart", field: number})
    assert status in (400, 422)
    assert " to " in json.dumps(answer)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ({"batch_size": SQUARED_TOO_LONG, "n_iter": SQUARED_TOO_LONG}, "n_iter"),
        ({"enable_hr": True, "width": 128, "height": 128, "hr_resize_x": HUGE}, "hr_resize_x"),
        ({"enable_hr": True, "hr_second_pass_steps": HUGE}, "hr_second_pass_steps"),
        ({"subseed_strength": 0.5, "subseed": HUGE}, "subseed"),
    ],
)
def test_neither_are_what_automatic1111_multiplies_and_divides(client, words, named):
    status, answer = send(client, DOORS["sdapi"], {"prompt": "a red heart", **words})
    assert (status, named in answer["detail"]) == (422, True), answer


@pytest.mark.parametrize("side", [HUGE, -5])
def test_nor_is_the_size_of_an_upscaled_image(client, side):
    picture = base64.b64encode(encoded()).decode()
    words = {"image": picture, "resize_mode": 1, "upscaling_resize_w": side, "upscaling_crop": False}
    status, answer = send(client, "/sdapi/v1/extra-single-image", {**words, "upscaler_1": "Lanczos"})
    assert (status, answer["detail"][:18]) == (422, "upscaling_resize_w")


@pytest.mark.parametrize("address", ["/history", "/api/jobs"])
def test_page_numbers_beyond_the_end_are_empty(client, address):
    assert client.get(address, {"offset": str(HUGE), "max_items": "1", "limit": "1"}).status_code == 200


def test_the_websockets_refuse_them_in_words():
    with pytest.raises(Refused) as refused:
        read_command(json.dumps({"action": "generate", "parameters": {"prompt": "x", "steps": HUGE}})).requested()
    message = answer_for(refused.value.reason).fields["steps"]
    assert message.startswith("steps must be 1 to 250; got a number of more than 20 digits")
    payload = read_payload(json.dumps({"text_prompts": [{"text": "x"}], "samples": HUGE}))
    with pytest.raises(Exception, match="count must be 1 to 256"):
        payload.requested()


# What Python can just read, and then can write neither into an answer nor into a row.
@pytest.mark.parametrize("depth", [300, 980])
@pytest.mark.parametrize("door", DOORS)
def test_json_of_hundreds_of_levels_is_refused(client, door, depth):
    field = "override_settings" if door == "sdapi" else "loras"
    status, _ = send(client, DOORS[door], f'{{"prompt": "x", "{field}": {nested(depth)}}}')
    assert status in (400, 422)


@pytest.mark.parametrize("depth", [300, 970])
def test_a_graph_is_not_so_deep(client, depth):
    for place in ("filename_prefix", "anything"):
        graph = text_to_image()
        graph["9"]["inputs"][place] = "@"
        status, answer = send(client, "/prompt", json.dumps({"prompt": graph}).replace('"@"', nested(depth)))
        assert (status, answer["error"]["type"]) == (400, "invalid_json" if depth > 950 else "invalid_prompt")


def test_a_form_is_not_either(client):
    form = {"prompt": "x", "loras": "[" * 5000 + "]" * 5000, "image": SimpleUploadedFile("a.png", encoded())}
    response = client.post("/v1/images/edits", form)
    assert (response.status_code, response.json()["error"]["param"]) == (400, "loras")


@pytest.mark.parametrize(
    "frame",
    [
        f'{{"action": "generate", "parameters": {nested(960)}}}',
        b"\x82\xa6action\xa8generate\xaaparameters" + b"\x81\xa1a" * 900 + b"\x01",
    ],
)
def test_an_order_is_not_either(frame):
    with pytest.raises(Refused) as refused:
        read_command(frame).requested()
    assert answer_for(refused.value.reason).code == "invalid_json"


@pytest.mark.parametrize("name", ["\ud800", "a\x00b", "x" * 200_000])
def test_names_that_no_row_can_have_are_not_found(client, settings, name):
    settings.ENV = {**settings.ENV, "SDSITE_STRICT_MODELS": True}
    status, answer = send(client, DOORS["openai"], {"prompt": "x", "model": name})
    assert (status, answer["error"]["code"]) == (404, "model_not_found")
    status, answer = send(client, DOORS["native"] + "?dry_run=true", {"prompt": "x", "checkpoint": name})
    assert status in (400, 422)
    graph = text_to_image()
    graph["4"]["inputs"]["ckpt_name"] = name
    status, answer = send(client, "/prompt", {"prompt": graph})
    assert (status, list(answer["node_errors"])) == (400, ["4"])
    settings.ENV = {**settings.ENV, "SDSITE_STRICT_MODELS": False}
    assert read_payload(json.dumps({"text_prompts": [{"text": "x"}], "engine": name})).requested().checkpoint is None


@pytest.mark.parametrize("name", ["\ud800", "\x00", "a\n"])
@pytest.mark.parametrize("node", ["3", "9"])
def test_a_node_has_a_name_that_can_be_kept(client, name, node):
    graph = json.loads(json.dumps({"prompt": text_to_image()}).replace(f'"{node}"', json.dumps(name)))
    status, answer = send(client, "/prompt", graph)
    assert (status, list(answer["node_errors"])) == (400, [name])


def test_unpaired_surrogates_are_replaced_in_messagepack():
    frame = FRAMERS["sdsite.msgpack"]({"event": "error", "ref": "\ud800"}, None)
    assert msgpack.unpackb(frame) == {"event": "error", "ref": "?"}


def test_settings_that_cannot_be_kept_are_refused_before_a_job_is_made(client):
    kept = {"override_settings": {"mine": float("nan")}, "override_settings_restore_afterwards": False}
    status, answer = send(client, DOORS["sdapi"], {"prompt": "a red heart", **kept})
    assert (status, answer["error"]) == (422, "invalid_parameters")


def test_echoed_values_are_valid_json(alice, checkpoint, monkeypatch):
    async def at_once(job):
        return job

    monkeypatch.setattr(generate, "wait_for_end", at_once)
    body = '{"prompt": "a red heart", "hr_scale": NaN, "mine": [1e999, {"deep": -Infinity}]}'
    response = knocking_as(alice).post(DOORS["sdapi"], body, content_type="application/json")
    said = json.loads(response.content, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert (said["parameters"]["hr_scale"], said["parameters"]["mine"]) == (None, [None, {"deep": None}])


def test_programs_read_json_where_openai_has_more_addresses(client):
    status, answer = send(client, "/v1/chat/completions", {"model": "gpt"})
    assert (status, answer["error"]["code"]) == (404, "not_found")
