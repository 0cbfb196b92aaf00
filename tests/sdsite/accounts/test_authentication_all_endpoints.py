"""Authentication and rate limits of all APIs, in every header that their clients send."""

import asyncio

import pytest
import websockets
from asgiref.sync import sync_to_async

from gallery.models import Image
from generation.redis_client import connection
from sdsite.accounts.models import ApiKey
from sdsite.core import rate_limits
from tests.sdsite.api.test_auth import headers_of
from tests.support.clients.api_client import ApiClient, make_key
from tests.support.factories import make_image, make_user

# What answers 200 to a key of staff with the scopes read and generate; of each room and dialect one.
ADDRESSES = {
    "native": "/api/v1/me",
    "events": "/api/v1/queue",
    "files": "/images/{image}/file",
    "checkpoints": "/api/v1/checkpoints",
    "metrics": "/metrics",
    "openai": "/v1/models",
    "sdapi": "/sdapi/v1/options",
    "comfyui": "/queue",
    "simple": "/recent",
}
WAYS = ("bearer", "basic, key as password", "own header", "own header beside a proxy's")  # test_auth has them all
SOCKETS = ("/ws/events/", "/ws/generate/", "/images/generate-ws", "/ws")
WRONG = "sds_aaaaaaaa_nothing"


class TestHttp:
    """One request for each door and way."""

    pytestmark = pytest.mark.django_db

    @pytest.fixture
    def key(self, bob, checkpoint):
        make_image(bob)
        return make_key(bob, "generate", "read")[1]

    def knock(self, door, headers):
        path = ADDRESSES[door].format(image=Image.objects.first().pk)
        return ApiClient().get(path, headers=headers, REMOTE_ADDR="192.0.2.1")

    @pytest.mark.parametrize("door", ADDRESSES)
    def test_every_header_authenticates_at_every_endpoint(self, valkey, key, door):
        for way in WAYS:
            assert self.knock(door, headers_of(key)[way]).status_code == 200, way
            assert self.knock(door, headers_of(WRONG)[way]).status_code == 401, way
        assert ApiKey.objects.get().last_used_at is not None

    def test_rate_limits_share_one_window_at_all_endpoints(self, valkey, key, monkeypatch):
        for name in ("wrong_key", "api_call"):
            monkeypatch.setitem(rate_limits.LIMITS, name, rate_limits.Limit(3, 60, "tests"))
        for raw, status in ((WRONG, 401), (key, 200)):
            for _ in range(3):
                assert self.knock("native", {"X-API-Key": raw}).status_code == status
            for door in ADDRESSES:
                refused = self.knock(door, {"X-API-Key": raw})
                assert refused.status_code == 429, (door, raw)
                assert int(refused["Retry-After"]) >= 1


def sockets_of(key):
    """Return {way: (query, headers, subprotocols)}."""
    ways = {way: ("", headers, None) for way, headers in headers_of(key).items()}
    return {**ways, "subprotocol": ("", {}, [f"bearer.{key}"]), "query": (f"?api_key={key}", {}, None)}


async def close_code(site, path, query="", headers=None, subprotocols=None):
    """Return the code that a door closes with at once, None where it stays open."""
    where = f"ws://127.0.0.1:{site.port}{path}{query}"
    try:
        async with websockets.connect(where, additional_headers=headers, subprotocols=subprotocols) as socket:
            while True:  # the first messages
                await asyncio.wait_for(socket.recv(), 0.4)
    except TimeoutError:
        return None
    except websockets.InvalidStatus as refused:
        return refused.response.status_code
    except websockets.ConnectionClosed as closed:
        return closed.rcvd.code


def forget_limits():
    for name in connection().scan_iter("sdsite:limits*"):
        connection().delete(name)


@pytest.mark.django_db(transaction=True)
async def test_sockets_know_every_way_in_and_the_same_limits(live_site):
    forget_limits()
    alice = await sync_to_async(make_user)("alice")
    _, key = await sync_to_async(make_key)(alice, "generate", "read")
    doors = [(path, ways) for path in SOCKETS for ways in sockets_of(key).values()]
    assert set(await asyncio.gather(*(close_code(live_site, path, *ways) for path, ways in doors))) == {None}
    wrong = sockets_of(WRONG)["subprotocol"]
    most = rate_limits.LIMITS["wrong_key"].amount
    guesses = (close_code(live_site, SOCKETS[number % len(SOCKETS)], *wrong) for number in range(most))
    assert set(await asyncio.gather(*guesses)) == {403}
    try:
        codes = await asyncio.gather(*(close_code(live_site, path, *wrong) for path in SOCKETS))
        assert set(codes) == {4429}
        right = await asyncio.gather(*(close_code(live_site, path, *sockets_of(key)["query"]) for path in SOCKETS))
        assert set(right) == {None}
    finally:
        forget_limits()
