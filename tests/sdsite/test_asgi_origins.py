"""Websockets from other sites' pages: refused, or authenticated by key where configured."""

import json

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.test import Client

from sdsite.asgi import application
from tests.support.clients.websocket_client import key_of

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "https://app.example.org"


def knocking(query="", origin=PAGE, **headers):
    pairs = [(b"origin", origin.encode()), *((name.encode(), value.encode()) for name, value in headers.items())]
    return WebsocketCommunicator(application, f"/ws/generate/{query}", headers=pairs)


async def first_word(program):
    accepted, _ = await program.connect(timeout=10)
    word = json.loads(await program.receive_from(10)) if accepted else None
    await program.disconnect()
    return word


async def test_a_page_that_is_not_configured_is_refused_even_with_a_key(alice, settings, valkey):
    key = await sync_to_async(key_of)(alice)
    assert await first_word(knocking(f"?api_key={key}")) is None
    settings.CORS_ALLOWED_ORIGINS = ["https://other.example.org"]
    assert await first_word(knocking(f"?api_key={key}")) is None


@pytest.mark.parametrize(("name", "value"), [("CORS_ALLOWED_ORIGINS", [PAGE]), ("CORS_ALLOW_ALL_ORIGINS", True)])
async def test_a_configured_page_authenticates_by_key_and_never_by_cookie(alice, settings, valkey, name, value):
    setattr(settings, name, value)
    browser = Client()
    await sync_to_async(browser.force_login)(alice)
    cookie = f"sessionid={browser.cookies['sessionid'].value}"
    key = await sync_to_async(key_of)(alice)
    assert (await first_word(knocking(f"?api_key={key}", cookie=cookie)))["data"]["scopes"] == ["generate", "read"]
    assert await first_word(knocking(cookie=cookie)) is None
    own = await first_word(knocking(origin="http://localhost", host="localhost", cookie=cookie))
    assert (own["event"], own["data"]["user"]) == ("ready", "alice")


@pytest.mark.parametrize(
    ("origin", "host", "https", "is_own"),
    [
        ("http://localhost:8000", "localhost:8000", False, True),
        ("https://localhost", "localhost", True, True),
        ("http://localhost:9999", "localhost:8000", False, False),
        ("https://localhost:8000", "localhost:8000", False, False),
        ("http://localhost", "localhost", True, False),
        ("http://evil.example", "evil.example", False, False),
        ("null", "localhost", False, False),
    ],
)
async def test_a_page_is_the_sites_own_by_scheme_host_and_port(alice, settings, valkey, origin, host, https, is_own):
    settings.ENV = {**settings.ENV, "SDSITE_HTTPS": https}
    settings.ALLOWED_HOSTS = ["localhost"]  # the test runner adds others
    browser = Client()
    await sync_to_async(browser.force_login)(alice)
    cookie = f"sessionid={browser.cookies['sessionid'].value}"
    word = await first_word(knocking(origin=origin, host=host, cookie=cookie))
    assert (word is not None and word["event"] == "ready") is is_own
