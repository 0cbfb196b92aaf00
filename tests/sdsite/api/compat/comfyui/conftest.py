"""Clients, graphs and jobs for the tests of the ComfyUI dialect."""

import json
import uuid

import pytest

from tests.support.clients.api_client import knocking_as
from tests.support.clients.comfyui_workflows import text_to_image
from tests.support.factories import make_image


class Comfy:
    """A client that speaks ComfyUI's words over HTTP; JSON goes out as text, as SillyTavern sends it."""

    def __init__(self, user, *scopes):
        self.client = knocking_as(user, *scopes)

    def get(self, path, **query):
        return self.client.get(path, query)

    def post(self, path, body=None):
        return self.client.post(path, json.dumps(body or {}), content_type="text/plain;charset=UTF-8")

    def prompt(self, graph, **beside):
        return self.post("/prompt", {"prompt": graph, **beside})

    def upload(self, data, path="/upload/image"):
        from django.core.files.uploadedfile import SimpleUploadedFile

        return self.client.post(path, {"image": SimpleUploadedFile("avatar.png", data), "type": "input"})


@pytest.fixture
def comfy(alice, checkpoint):
    """Alice's client."""
    return Comfy(alice)


@pytest.fixture
def comfy_of_charlie(charlie, checkpoint):
    """The stranger's client."""
    return Comfy(charlie)


@pytest.fixture
def parameters(comfy):
    """Return the parameters of the job that a graph becomes."""

    def submit(graph, **beside):
        from generation.models import Job

        response = comfy.prompt(graph, **beside)
        assert response.status_code == 200, response.json()
        return Job.objects.get(pk=response.json()["prompt_id"]).parameters

    return submit


@pytest.fixture
def refusal(comfy):
    """Return (node ids at fault, the first's input, details) of a graph that is refused."""

    def refuse(graph, status=400):
        response = comfy.prompt(graph)
        assert response.status_code == status, response.json()
        body = response.json()
        assert body["error"]["type"]
        nodes = body["node_errors"]
        first = next(iter(nodes.values()))
        assert first["class_type"] == graph[next(iter(nodes))]["class_type"]
        return list(nodes), first["errors"][0]["extra_info"].get("input_name"), first["errors"][0]["details"]

    return refuse


def make_adapter(kind, slug, **fields):
    from generation.models import Adapter

    values = {"title": slug.title(), "location": "x", "family": "" if kind == "upscaler" else "sd", **fields}
    return Adapter.objects.create(kind=kind, slug=slug, **values)


def told(found, *names):
    return {name: found[name] for name in names}


def ask(comfy, **beside):
    """Return the id of a posted graph."""
    response = comfy.prompt(text_to_image(), **beside)
    assert response.status_code == 200, response.json()
    return response.json()["prompt_id"]


def run(prompt_id):
    from generation.models import Job

    Job.objects.filter(pk=prompt_id).update(status="running")


def finish(prompt_id, owner, *, status="succeeded", images=1, **fields):
    """End a job as a worker would; return its images."""
    from generation.jobs.lifecycle import move

    run(prompt_id)
    made = [make_image(owner, job_id=uuid.UUID(prompt_id), index=index) for index in range(images)]
    assert move(uuid.UUID(prompt_id), status, **fields)
    return made
