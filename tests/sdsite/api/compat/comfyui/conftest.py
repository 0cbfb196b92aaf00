"""What the tests of ComfyUI's dialect share."""

import json

import pytest

from tests.support.clients.api_client import knocking_as


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

    def draw(graph, **beside):
        from generation.models import Job

        response = comfy.prompt(graph, **beside)
        assert response.status_code == 200, response.json()
        return Job.objects.get(pk=response.json()["prompt_id"]).parameters

    return draw


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
