"""Clients that follow a job by server-sent events."""

import json
import time
from contextlib import contextmanager

import httpx

from sdsite.accounts.api_keys import create_key


def key_of(user, *scopes):
    return create_key(owner=user, name="tests", scopes=list(scopes or ("read", "generate")))


def address(site, job, query=""):
    return f"{site.url}/api/v1/jobs/{job.pk}/events{query}"


@contextmanager
def following(site, job, key, query="", **headers):
    headers = {"Authorization": f"Bearer {key}", **headers}
    with httpx.stream("GET", address(site, job, query), headers=headers, timeout=60) as response:
        yield response


def events(response, seconds=90):
    """Yield (id, event, message) of each event of the stream as it arrives; fail when it has not ended in time."""
    block, limit = {}, time.monotonic() + seconds
    for line in response.iter_lines():
        assert time.monotonic() < limit, "the stream does not end"
        if line:
            name, _, value = line.partition(": ")
            block[name] = value
        elif "data" in block:
            yield int(block["id"]), block["event"], json.loads(block["data"])
            block = {}


def follow(site, job, key, query="", **headers):
    """Return everything a stream says until it ends."""
    with following(site, job, key, query, **headers) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["X-Accel-Buffering"] == "no"
        return list(events(response))
