"""ASGI middleware for sites behind proxies: the client that trusted proxies name, and the path of the site."""

import ipaddress
import logging
from collections.abc import Iterable
from typing import Any

from sdsite.core.backpressure import Application, Send

logger = logging.getLogger(__name__)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
UNIX = "unix"
NAMED_AT_MOST = 5  # untrusted proxies in the log of a process; anybody may send the header
SECURE = {"http": "https", "ws": "wss"}


class TrustedProxies:
    """Proxies whose X-Forwarded-For and X-Forwarded-Proto count; from all others these headers are dropped."""

    def __init__(self, entries: Iterable[str], *, https: bool) -> None:
        """Take addresses, networks and "unix"; `https`: the site needs a proxy, so an unknown one is named in the log.

        Raises:
            ValueError: an entry is no address and no network.
        """
        self._unix = UNIX in entries
        self._networks = [ipaddress.ip_network(entry.strip("[]"), strict=False) for entry in entries if entry != UNIX]
        self._https = https
        self._named: set[str] = set()

    def trusts(self, address: Address | None) -> bool:
        """Tell whether `address` is a trusted proxy; None: the connection came over a unix socket."""
        if address is None:
            return self._unix
        return any(address in network for network in self._networks)

    def client_address(self, peer: str | None, forwarded: str) -> str | None:
        """Return the address of the client: the last hop of X-Forwarded-For that is no trusted proxy.

        Every proxy appends the address that it saw, so the list is read from its end; what stands before the first
        untrusted hop was written by that hop itself and means nothing.
        """
        address = _read(peer) if peer else None
        if peer and address is None:
            return peer
        for entry in reversed(forwarded.split(",")):
            if not self.trusts(address):
                break
            hop = _read(entry)
            if hop is None:
                break
            address = hop
        return str(address) if address is not None else None

    def wrap(self, application: Application) -> Application:
        """Return `application` for requests with the client's own address and scheme, and without the headers."""

        async def wrapped(scope: Any, receive: Any, send: Send) -> None:
            await application(self._scope_of_client(scope), receive, send)

        return wrapped

    def _scope_of_client(self, scope: Any) -> Any:
        kept: list[tuple[bytes, bytes]] = []
        sent: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            if name.startswith(b"x-forwarded-") or name in (b"forwarded", b"x-real-ip"):
                sent.setdefault(name, []).append(value.decode("latin-1"))
            else:
                kept.append((name, value))
        if not sent:
            return scope
        peer, _port = scope.get("client") or (None, 0)
        found = {**scope, "headers": kept}
        if not self.trusts(_read(peer) if peer else None):
            self._name(peer)
            return found
        address = self.client_address(peer, ",".join(sent.get(b"x-forwarded-for", [])))
        if address != peer:
            found["client"] = [address, 0]
        schemes = ",".join(sent.get(b"x-forwarded-proto", [])).split(",")
        if schemes[-1].strip().lower() in ("https", "wss"):
            found["scheme"] = SECURE.get(scope.get("scheme", "http"), scope.get("scheme"))
        return found

    def _name(self, peer: str | None) -> None:
        name = peer or UNIX
        if self._https and name not in self._named and len(self._named) < NAMED_AT_MOST:
            self._named.add(name)
            logger.warning(
                "X-Forwarded headers from %s are not believed; if a proxy of the site is there, name it in "
                "SDSITE_TRUSTED_PROXIES",
                name,
            )


def _read(text: str) -> Address | None:
    """Return the address in `text`, which may have a port; None where there is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def below_root_path(application: Application, root_path: str) -> Application:
    """Return `application` for requests whose path begins with `root_path`, whether the proxy has cut it off or not.

    The `root_path` of the scope is emptied: daphne takes it from a header of any client, and it would become the
    prefix of every link of the response, those of password resets included. URLs have the path of the setting in
    them instead, so that those made by workers have it too.
    """

    async def wrapped(scope: Any, receive: Any, send: Send) -> None:
        path = scope["path"]
        if path != root_path:
            path = root_path + path_in_site(path, root_path)
        await application({**scope, "root_path": "", "path": path}, receive, send)

    return wrapped


def path_in_site(path: str, root_path: str) -> str:
    """Return `path` without the path of the site, which a proxy may have cut off already."""
    return path[len(root_path) :] if path.startswith(f"{root_path}/") else path
