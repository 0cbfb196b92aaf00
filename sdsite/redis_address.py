"""Address of the Redis or Valkey server, in every kind that REDIS_URL may name, and the clients that use it.

One server (`redis://`, `rediss://`, `unix://`, and the same under Valkey's names) or Sentinels that know which server
is in charge. RQ, the channel layer, the rate limits and the site's own clients each want that in a shape of their own;
all are made here, so that what one understands all do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from redis import Redis, Sentinel
from redis import asyncio as aioredis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.connection import ConnectionPool, parse_url
from redis.retry import Retry

# What redis-py calls each scheme of one server.
SERVERS = {
    "redis": "redis",
    "rediss": "rediss",
    "unix": "unix",
    "valkey": "redis",
    "valkeys": "rediss",
    "redis+unix": "unix",
    "redis+socket": "unix",
    "valkey+unix": "unix",
}
# Whether the connections of each scheme of Sentinels use TLS.
SENTINELS = {
    "redis+sentinel": False,
    "valkey+sentinel": False,
    "sentinel": False,
    "rediss+sentinel": True,
    "valkeys+sentinel": True,
}
SENTINEL_PORT = 26379
# A Sentinel that is away costs a second at most and no retries: the next one is asked.
ASKED = {"socket_connect_timeout": 1.0, "socket_timeout": 1.0}
FORMS = "redis://host:6379/0, rediss://, unix:///path, valkey://, valkeys:// or redis+sentinel://host:26379/name"


@dataclass(frozen=True)
class RedisAddress:
    """Where Redis is: the `url` of one server, or `sentinels` and the name by which they know the server in charge.

    `options` and `sentinel_options` are keyword arguments of connections to the server and to the Sentinels.
    """

    url: str = ""
    sentinels: tuple[tuple[str, int], ...] = ()
    service: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    sentinel_options: Mapping[str, Any] = field(default_factory=dict)

    def client(self, **more: Any) -> Redis:
        """Return a client; `more` are options of its connections, such as timeouts."""
        if self.url:
            return Redis.from_url(self.url, **more)
        timeouts = {name: value for name, value in more.items() if name.startswith("socket_")}
        asked = {**self.sentinel_options, **ASKED, **timeouts, "retry": Retry(NoBackoff(), 0)}
        known = Sentinel(self.sentinels, sentinel_kwargs=asked, **{**self.options, **more})
        client: Redis = known.master_for(self.service)
        return client

    def async_client(self) -> aioredis.Redis:
        """Return a client for an event loop."""
        if self.url:
            return aioredis.Redis.from_url(self.url)
        known = aioredis.Sentinel(self.sentinels, sentinel_kwargs=self._asked_by_a_loop(), **self.options)
        client: aioredis.Redis = known.master_for(self.service)
        return client

    def for_queue(self) -> dict[str, Any]:
        """Return the connection of a row of `RQ_QUEUES`."""
        if self.url:
            return {"URL": self.url}
        return {
            "SENTINELS": list(self.sentinels),
            "MASTER_NAME": self.service,
            "CONNECTION_KWARGS": dict(self.options),
            "SENTINEL_KWARGS": {**self.sentinel_options, **ASKED, "retry": Retry(NoBackoff(), 0)},
        }

    def for_channel_layer(self) -> dict[str, Any]:
        """Return a host of the channel layer."""
        if self.url:
            return {"address": self.url}
        known = {"sentinels": list(self.sentinels), "sentinel_kwargs": self._asked_by_a_loop()}
        return {**known, "master_name": self.service, **self.options}

    def _asked_by_a_loop(self) -> dict[str, Any]:
        return {**self.sentinel_options, **ASKED, "retry": AsyncRetry(NoBackoff(), 0)}


@lru_cache(maxsize=8)
def parse(text: str) -> RedisAddress:
    """Read an address.

    Raises:
        ImproperlyConfigured: it is of a kind that the site cannot use, or a part of it makes no sense; the sentence
            does not hold the address, which may have a password in it.
    """
    scheme, found, rest = text.partition("://")
    scheme = scheme.lower()
    if not found or scheme not in {**SERVERS, **SENTINELS}:
        if "cluster" in scheme:
            raise _wrong("a cluster cannot hold the queue; use one server, or Sentinels.")
        raise _wrong(f"it must be {FORMS}; got {f'{scheme}://' if found else 'an address without ://'}.")
    if scheme in SENTINELS:
        return _parse_sentinels(rest, tls=SENTINELS[scheme])
    if "," in rest.split("/")[0].rpartition("@")[2]:
        raise _wrong("it names several servers; use one, or redis+sentinel://host:26379,host:26379/name.")
    return _parse_server(f"{SERVERS[scheme]}://{rest}")


def _parse_server(url: str) -> RedisAddress:
    try:
        parts = urlsplit(url)
        parse_url(url)
        if parts.scheme != "unix":
            _database(parts.path)
            if not parts.hostname:
                raise ValueError("the host is missing")
        elif parts.hostname or not parts.path.strip("/"):
            raise ValueError("the path of the socket is missing: unix:///path has three slashes")
        ConnectionPool.from_url(url).make_connection()  # makes an object only; unknown options show here
        aioredis.ConnectionPool.from_url(url).make_connection()
    except (ValueError, TypeError) as error:
        raise _wrong(f"{_reason(error)}.") from None
    return RedisAddress(url=url)


def _parse_sentinels(rest: str, *, tls: bool) -> RedisAddress:
    before, _, query = rest.partition("?")
    place, _, path = before.partition("/")
    login, _, hosts = place.rpartition("@")
    service, _, database = path.partition("/")
    try:
        more = dict(parse_qsl(query, strict_parsing=bool(query)))
        sentinels = tuple(_host_and_port(host) for host in hosts.split(","))
        options: dict[str, Any] = {"db": _database(more.pop("db", database))}
    except ValueError as error:
        raise _wrong(f"{error}.") from None
    if not service:
        raise _wrong("the name by which the Sentinels know the server is missing: redis+sentinel://host:26379/name.")
    sentinel_options: dict[str, Any] = {
        name: more.pop(f"sentinel_{name}") for name in ("username", "password") if f"sentinel_{name}" in more
    }
    user, _, password = login.partition(":")
    options |= {name: unquote(value) for name, value in (("username", user), ("password", password)) if value}
    if tls:
        certificates = {name: more.pop(name) for name in list(more) if name.startswith("ssl_")}
        options |= {"ssl": True, **certificates}
        sentinel_options |= {"ssl": True, **certificates}
    if more:
        raise _wrong(f"unknown options: {', '.join(sorted(more))}.")
    return RedisAddress(
        sentinels=sentinels, service=unquote(service), options=options, sentinel_options=sentinel_options
    )


def _host_and_port(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("the host of a Sentinel is missing")
    return parts.hostname, parts.port or SENTINEL_PORT


def _database(path: str) -> int:
    number = path.strip("/") or "0"
    if not re.fullmatch(r"[0-9]{1,9}", number):
        raise ValueError("the database behind the last slash must be a number")
    return int(number)


def _reason(error: Exception) -> str:
    """Return what is wrong in a few words; redis-py names the keyword argument that a connection does not have."""
    unknown = re.search(r"unexpected keyword argument '(\w+)'", str(error))
    return f"unknown option: {unknown[1]}" if unknown else str(error).rstrip(".")


def _wrong(reason: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"REDIS_URL cannot be used: {reason}")
