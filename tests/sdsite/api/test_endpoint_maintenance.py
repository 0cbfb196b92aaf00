"""Maintenance at every door: new jobs and files are refused with the administrators' sentence, the rest works."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from generation.jobs.queue_control import set_state
from generation.models import Job
from tests.support.clients.api_client import error_of, knocking_as
from tests.support.clients.comfyui_workflows import text_to_image
from tests.support.factories import make_image
from tests.support.images import encoded

pytestmark = pytest.mark.usefixtures("valkey")

SENTENCE = "New disks until noon."
PROMPT = {"prompt": "a red heart"}
SUBMISSIONS = {
    "native": ("/api/v1/jobs", PROMPT),
    "native, tried only": ("/api/v1/jobs?dry_run=true", PROMPT),
    "openai": ("/v1/images/generations", PROMPT),
    "sdapi": ("/sdapi/v1/txt2img", PROMPT),
    "comfyui": ("/prompt", {"prompt": text_to_image()}),
    "simple": ("/generate", PROMPT),
}
FILES = {"upload": "/api/v1/uploads", "import": "/api/v1/images/import", "comfyui": "/upload/image"}


@pytest.fixture
def maintained(root):
    set_state(actor=root, maintenance=True, message=SENTENCE, until=timezone.now() + timedelta(minutes=10))


def send(client, address, body):
    return client.post(address, json.dumps(body), content_type="application/json")


def bring(client, address):
    field = "image" if address.endswith("import") or "upload/image" in address else "file"
    return client.post(address, {field: SimpleUploadedFile("a.png", encoded(), "image/png")})


def refused(response):
    """Tell whether a response is the refusal, in whatever shape its dialect gives it."""
    assert 1 <= int(response.get("Retry-After", 0)) <= 600, response.headers
    return (response.status_code, SENTENCE in response.content.decode()) == (503, True)


@pytest.mark.parametrize("door", SUBMISSIONS)
def test_no_door_takes_a_job(maintained, owner_client, checkpoint, door):
    assert refused(send(owner_client, *SUBMISSIONS[door]))
    assert not Job.objects.exists()


@pytest.mark.parametrize("door", FILES)
def test_no_door_takes_a_file(maintained, owner_client, door):
    assert refused(bring(owner_client, FILES[door]))


def test_the_code_says_what_it_is_and_reading_and_marking_work(maintained, alice, owner_client, checkpoint):
    error_of(owner_client.api("POST", "/jobs", PROMPT), 503, "maintenance")
    image = make_image(alice)
    assert owner_client.api("GET", f"/images/{image.pk}").status_code == 200
    assert owner_client.api("PATCH", f"/images/{image.pk}", {"favourite": True}).status_code == 200
    queue = owner_client.api("GET", "/queue").json()
    assert (queue["state"], queue["closed"], queue["maintenance"], queue["message"]) == ("closed", True, True, SENTENCE)


def test_those_who_may_end_it_can_try_the_site(maintained, root, checkpoint):
    assert send(knocking_as(root), *SUBMISSIONS["native"]).status_code == 202
    assert bring(knocking_as(root), FILES["upload"]).status_code in (200, 201)


def test_its_end_opens_the_queue(maintained, root, owner_client, checkpoint):
    set_state(actor=root, maintenance=False)
    assert send(owner_client, *SUBMISSIONS["native"]).status_code == 202
