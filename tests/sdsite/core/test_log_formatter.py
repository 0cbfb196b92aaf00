"""Secrets never appear in logs."""

import asyncio
import base64
import json
import logging

import httpx
import pytest
import websockets

from generation.models import Job
from sdsite.core.log_formatter import DiscreetFormatter
from tests.support.clients.api_client import make_key
from tests.support.factories import make_user
from tests.support.site import wait_for


@pytest.mark.django_db(transaction=True)
def test_no_part_writes_a_key(live_site):
    _, key = make_key(make_user("alice"))
    basic = base64.b64encode(f"anybody:{key}".encode()).decode()
    requested = {"prompt": "a red heart", "steps": 2}
    with httpx.Client(base_url=live_site.url, timeout=60) as client:

        def ask(path, status, **options):
            answer = client.request(options.pop("method", "POST"), path, **options)
            assert answer.status_code == status, (path, answer.text[:300])
            return answer

        bearer, own = {"Authorization": f"Bearer {key}"}, {"X-API-Key": key}
        job = ask("/api/v1/jobs", 202, headers=bearer, json=requested).json()["id"]
        ask("/api/v1/nowhere", 404, headers={"Authorization": f"Basic {basic}"}, json=requested)
        ask("/api/v1/me", 401, method="GET", params={"api_key": key, "key": key})
        ask("/api/v1/jobs", 422, headers=own, json={**requested, "api_key": key})
        ask("/api/v1/jobs", 422, headers=own, json={**requested, "checkpoint": key})
        ask("/api/v1/jobs", 400, headers={**own, "Content-Type": "application/json"}, content=f'{{"prompt": {key}')
        ask(f"/api/v1/{key}", 404, method="GET", headers=own)
        ask("/api/v1/me", 401, method="GET", headers={"Authorization": f"Bearer {key}x"})
        ask("/v1/images/generations", 401, params={"api_key": key}, json=requested)
        ask("/sdapi/v1/txt2img", 401, json={**requested, "api_key": key})
        ask("/accounts/login/", 403, data={"login": "alice", "password": key})
    asyncio.run(knock_at_sockets(live_site, key))
    wait_for(lambda: Job.objects.get(pk=job).status == "succeeded", what="the job")
    wait_for(lambda: job in live_site.log("worker"), what="the worker's line about it")
    web, worker = live_site.log("web"), live_site.log("worker")
    assert "/api/v1/nowhere" in web  # it is the log of these requests
    for secret in (key, key.split("_", 2)[2], basic):
        assert secret not in web
        assert secret not in worker


async def knock_at_sockets(site, key):
    where = f"ws://127.0.0.1:{site.port}"
    async with websockets.connect(f"{where}/ws/events/", subprotocols=[f"bearer.{key}"]) as socket:
        await socket.recv()
    async with websockets.connect(f"{where}/images/generate-ws?api_key={key}") as socket:
        await socket.send(json.dumps({"api_key": key, "steps": "many"}))
        await asyncio.wait_for(socket.recv(), 30)
    with pytest.raises(websockets.InvalidStatus):
        async with websockets.connect(f"{where}/ws/nowhere/?api_key={key}"):
            pass


def test_a_traceback_is_written_without_them():
    key = "sds_abcd2345_verysecret-part_of-it"
    try:
        raise ValueError(f"no such key {key}")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "at %s", (f"/{key}/x",), (type(error), error, None))
    line = DiscreetFormatter("%(message)s").format(record)
    assert "verysecret" not in line
    assert line.count("sds_abcd2345_…") == 2
    hook = logging.LogRecord("x", logging.ERROR, __file__, 1, "whsec_AbC+/d==", (), None)
    assert DiscreetFormatter("%(message)s").format(hook) == "whsec_…"


@pytest.mark.parametrize("path", ["password/reset/key/4-d9abc-12f/", "confirm-email/MTA:1tX:sig/"])
def test_links_of_mails_are_cut_off(path):
    record = logging.LogRecord("django.request", logging.WARNING, "", 1, "Not Found: %s", (f"/accounts/{path}",), None)
    line = DiscreetFormatter().format(record)
    assert line == f"Not Found: /accounts/{path.rsplit('/', 2)[0]}/…/"
