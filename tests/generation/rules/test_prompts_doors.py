"""Every door x every decision on a prompt: refused before anything is stored, or recorded with the job."""

import json

import pytest

from gallery.models import RuleHit
from generation.models import Job
from tests.support.clients.api_client import knocking_as
from tests.support.clients.comfyui_workflows import text_to_image
from tests.support.clients.logged_in import client_of
from tests.support.rules import make_rule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_media", "valkey")]

PROMPT = "a zeppelin"


def workflow():
    return json.loads(json.dumps(text_to_image()).replace("a red heart", PROMPT))


def post(client, path, body):
    return client.post(path, json.dumps(body), content_type="application/json")


REQUEST = {"prompt": PROMPT, "checkpoint": "starter"}
# door -> how one knocks with a key or a session, and whether the answer comes before there are images
DOORS = {
    "api": (lambda key, page: post(key, "/api/v1/jobs", REQUEST), True),
    "studio": (lambda key, page: post(page, "/api/v1/jobs", REQUEST), True),
    "comfyui": (lambda key, page: post(key, "/prompt", {"prompt": workflow()}), True),
    "simple": (lambda key, page: post(key, "/generate", REQUEST), False),
    "openai": (lambda key, page: post(key, "/v1/images/generations", {"prompt": PROMPT}), False),
    "sdapi": (lambda key, page: post(key, "/sdapi/v1/txt2img", {"prompt": PROMPT}), False),
}


@pytest.fixture
def knock(alice, checkpoint):
    key, page = knocking_as(alice), client_of(alice)
    return lambda door: DOORS[door][0](key, page)


@pytest.mark.parametrize("door", DOORS)
def test_it_is_refused_at_every_door(knock, door):
    make_rule(reason="No airships here")
    response = knock(door)
    assert response.status_code == (400 if door == "openai" else 403), response.content
    assert "No airships here" in response.content.decode()
    assert not Job.objects.exists()
    [hit] = RuleHit.objects.all()
    assert (hit.door, hit.outcome, hit.matched) == (door, "refuse", "zeppelin")


@pytest.mark.parametrize("decision", ["allow", "notify", "blur", "hold"])
@pytest.mark.parametrize("door", [door for door, (_, at_once) in DOORS.items() if at_once])
def test_a_milder_decision_is_recorded_with_the_job(knock, door, decision):
    make_rule(decision=decision)
    response = knock(door)
    assert response.status_code < 300, response.content
    job = Job.objects.get()
    assert job.source == door
    found = list(RuleHit.objects.values_list("job_id", "door", "outcome"))
    assert found == ([] if decision == "allow" else [(job.pk, door, decision)])
