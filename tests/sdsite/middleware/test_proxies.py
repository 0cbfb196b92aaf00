"""Who counts as the client behind proxies, and a site below a path."""

import pytest
from asgiref.testing import ApplicationCommunicator
from hypothesis import given
from hypothesis import strategies as st

from sdsite.middleware.proxies import TrustedProxies, below_root_path

PROXIES = ["127.0.0.1", "::1", "10.1.0.0/16"]


async def seen(application_of, **scope):
    """Return the scope in which the application is called."""
    found = {}

    async def application(scope, receive, send):
        found.update(scope)

    scope = {"type": "http", "path": "/", "scheme": "http", "headers": [], "client": ["127.0.0.1", 5], **scope}
    await ApplicationCommunicator(application_of(application), scope).wait()
    return found


def forwarding(**headers):
    return [(f"x-forwarded-{name}".encode(), value.encode()) for name, value in headers.items()]


def proxies(entries=PROXIES):
    return TrustedProxies(entries, https=True)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.7", "198.51.100.7"),  # the client wrote the first
        ("127.0.0.1", "6.6.6.6, 198.51.100.7, 10.1.2.3", "198.51.100.7"),  # two proxies
        ("127.0.0.1", "10.1.2.3, 10.1.2.4", "10.1.2.3"),  # all trusted: the farthest
        ("127.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        ("::1", '"[2001:db8::7]:4711"', "2001:db8::7"),
        ("::ffff:127.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.1", "6.6.6.6, unknown", "127.0.0.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.7, <script>", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("203.0.113.5", "6.6.6.6", "203.0.113.5"),  # no proxy of ours
        (None, "198.51.100.7", None),
    ],
)
async def test_the_last_untrusted_hop_is_the_client(peer, forwarded, client):
    scope = await seen(proxies().wrap, client=peer and [peer, 5], headers=forwarding(**{"for": forwarded}))
    assert (scope["client"] and scope["client"][0]) == client
    assert scope["headers"] == []  # nothing behind may read them otherwise


async def test_connections_over_a_unix_socket_can_be_trusted():
    scope = await seen(proxies(["unix"]).wrap, client=None, headers=forwarding(**{"for": "198.51.100.7"}))
    assert scope["client"][0] == "198.51.100.7"


@pytest.mark.parametrize(("client", "scheme"), [("127.0.0.1", "https"), ("203.0.113.5", "http")])
async def test_only_a_trusted_proxy_tells_the_scheme(client, scheme):
    scope = await seen(proxies().wrap, client=[client, 5], headers=forwarding(proto="https"))
    assert scope["scheme"] == scheme


async def test_websockets_get_their_own_secure_scheme():
    scope = await seen(proxies().wrap, type="websocket", scheme="ws", headers=forwarding(proto="https"))
    assert scope["scheme"] == "wss"


async def test_an_unknown_proxy_is_named_once(caplog):
    unknown = proxies()
    for _ in range(3):
        await seen(unknown.wrap, client=["172.18.0.1", 5], headers=forwarding(proto="https"))
    assert caplog.text.count("X-Forwarded headers from 172.18.0.1 are not believed") == 1


@given(st.text(max_size=200), st.lists(st.ip_addresses().map(str), max_size=5))
def test_what_a_client_writes_never_becomes_its_address(written, hops):
    trusted = proxies()
    chain = ",".join([written, "198.51.100.7"])
    assert trusted.client_address("127.0.0.1", chain) == "198.51.100.7"
    assert trusted.client_address("198.51.100.7", ",".join([written, *hops])) == "198.51.100.7"


@pytest.mark.parametrize(
    ("root", "path", "inner"),
    [
        ("", "/library/", "/library/"),
        ("/sd", "/sd/library/", "/sd/library/"),
        ("/sd", "/library/", "/sd/library/"),  # cut off by the proxy
        ("/sd", "/sdapi/v1/options", "/sd/sdapi/v1/options"),
        ("/sd", "/sd", "/sd"),
    ],
)
async def test_the_path_of_the_site_is_always_there(root, path, inner):
    scope = await seen(lambda application: below_root_path(application, root), path=path, root_path="http://evil")
    assert (scope["path"], scope["root_path"]) == (inner, "")
