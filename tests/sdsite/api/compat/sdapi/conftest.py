"""What the tests of the AUTOMATIC1111 dialect share: clients with a key, and pictures as that dialect sends them."""

import base64
import io
import json

import pytest
from django.test import Client
from PIL import Image as Pillow

from tests.support.clients.api_client import make_key


class SdapiClient(Client):
    """Django's client, knocking with a key as Basic password, as clients of this dialect do."""

    def __init__(self, owner, *scopes):
        key = make_key(owner, *scopes)[1]
        basic = base64.b64encode(f"{owner.username}:{key}".encode()).decode()
        super().__init__(headers={"Authorization": f"Basic {basic}"})

    def ask(self, path, **query):
        """Return what GET /sdapi/v1/<path> answers."""
        response = self.get(f"/sdapi/v1/{path}", query)
        assert response.status_code == 200, response.content[:500]
        return response.json()

    def tell(self, path, body=None, *, status=200, root="/sdapi/v1"):
        """Return what POST <root>/<path> answers, having checked its status."""
        response = self.post(f"{root}/{path}", json.dumps(body or {}), content_type="application/json")
        assert response.status_code == status, response.content[:500]
        return response.json()


def base64_of(colour="red", size=(128, 128)):
    """Return a picture as bare base64 of a PNG."""
    buffer = io.BytesIO()
    Pillow.new("RGB", size, colour).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


@pytest.fixture
def owner(alice, checkpoint):
    """Alice, by key, on a site with the starter checkpoint."""
    return SdapiClient(alice)


@pytest.fixture
def stranger(charlie):
    """Charlie, by key."""
    return SdapiClient(charlie)


@pytest.fixture
def nobody_draws(monkeypatch):
    """Answer at once with what there is: what is waited for is another test's question."""
    from sdsite.api.compat.sdapi import extras, generate

    async def at_once(job):
        return job

    for module in (generate, extras):
        monkeypatch.setattr(module, "wait_for_end", at_once)
