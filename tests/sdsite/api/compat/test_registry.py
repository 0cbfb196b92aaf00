"""The table of dialects: each is switched off and on while the site runs, and names of none are refused."""

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.core import checks

from sdsite.accounts import site_settings
from sdsite.accounts.models.site import DIALECTS
from sdsite.api.compat import registry
from sdsite.asgi import application
from sdsite.env import DEFAULTS
from tests.support.clients.api_client import make_key

pytestmark = pytest.mark.django_db

WAYS_IN = {  # an address or socket that only this dialect has
    "openai": "/v1/models",
    "sdapi": "/sdapi/v1/samplers",
    "stability": "/images/generate-ws",
    "comfyui": "/system_stats",
    "simple": "/recent",
    "mcp": "/mcp",
}
SOCKETS = ("images/generate-ws", "ws")


@pytest.fixture
def choose(settings, root):
    """Return a function that switches dialects in the site settings, which the environment leaves free."""
    settings.ENV_GIVEN = frozenset()
    settings.ENV = {**settings.ENV, "SDSITE_DIALECTS": DEFAULTS["SDSITE_DIALECTS"]}
    return lambda *names: site_settings.change(actor=root, changes={"dialects": list(names)})


def spoken(client, name):
    """Tell whether the address of a dialect over HTTP answers."""
    return client.get(WAYS_IN[name]).status_code != 404


async def shakes_hands(path, key):
    socket = WebsocketCommunicator(application, f"/{path}", headers=[(b"authorization", f"Bearer {key}".encode())])
    accepted, _ = await socket.connect(10)
    await socket.disconnect()
    return accepted


def test_the_settings_know_the_same_names():
    assert set(DIALECTS) == set(registry.DIALECTS)


def test_all_but_the_simple_one_are_on_by_default(choose):
    assert set(registry.enabled()) == set(registry.DIALECTS) - {"simple"}


@pytest.mark.parametrize("name", ["openai", "sdapi", "comfyui", "simple", "mcp"])
def test_one_that_is_switched_off_leaves_the_others_without_a_restart(choose, client, alice, checkpoint, name):
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {make_key(alice)[1]}"
    over_http = [other for other in WAYS_IN if other != "stability"]
    choose(*registry.DIALECTS)
    assert [other for other in over_http if spoken(client, other)] == over_http
    choose(*(other for other in registry.DIALECTS if other != name))
    assert [other for other in over_http if not spoken(client, other)] == [name]


@pytest.mark.django_db(transaction=True)
async def test_a_websocket_that_is_switched_off_refuses_the_handshake(choose, alice, valkey):
    key = (await sync_to_async(make_key)(alice))[1]
    assert [await shakes_hands(path, key) for path in SOCKETS] == [True, True]
    await sync_to_async(choose)("openai")
    assert [await shakes_hands(path, key) for path in SOCKETS] == [False, False]


def test_a_name_of_no_dialect_is_refused(settings):
    settings.ENV = {**settings.ENV, "SDSITE_DIALECTS": ["openai", "midjourney"]}
    (error,) = [found for found in checks.run_checks() if found.id == "sdsite.E001"]
    assert "midjourney" in error.msg
    assert "comfyui" in error.msg
