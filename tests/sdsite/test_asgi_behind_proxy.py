"""A web process behind a proxy: below a path, with the client's address from the proxy."""

import json
import re
import socket
import subprocess
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.sync.client import connect

from sdsite.server.processes import web_part
from tests.support.clients.websocket_client import key_of
from tests.support.factories import PASSWORD, make_user
from tests.support.site import ROOT, free_port, wait_for

NAME = "https://home.example:8443"
# What the lines of docs/operations.md send, and what a client has put before them.
PROXY = {"Host": "home.example:8443", "X-Forwarded-Proto": "https", "X-Forwarded-For": "6.6.6.6, 198.51.100.7"}
LINK = re.compile(r'(?:href|src|action)="(/[^"]*)"')


@pytest.fixture
def behind(live_site):
    """A client of a second web process of the live site that lies below /sd and believes loopback."""
    port = free_port()
    settings = {"SDSITE_ROOT_PATH": "/sd", "SDSITE_HTTPS": "on", "SDSITE_ALLOWED_HOSTS": "home.example,localhost"}
    environment = {**live_site.environment(), **settings}
    command = web_part("127.0.0.1", port).command("tests")
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=PROXY, timeout=60)
    client.port = port

    def answers():
        with suppress(httpx.HTTPError):
            return client.get("/healthz").status_code == 200

    try:
        wait_for(answers, what="the second web process")
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(20)


def test_the_site_lies_below_its_path_and_knows_its_clients(behind):
    alice = make_user("alice", hasher="pbkdf2_sha256")
    key = key_of(alice)
    pages_lie_below_the_path(behind)
    log_in(behind)
    studio = behind.get("/sd/", headers=cookies)
    assert studio.status_code == 200
    assert all(link.startswith("/sd/") for link in LINK.findall(studio.text))
    answers_lie_below_the_path(behind, key)
    websockets_take_the_origin_of_the_page(behind)
    strangers_cannot_choose_their_address(behind)


def pages_lie_below_the_path(behind):
    for path in ("/sd/accounts/login/", "/accounts/login/"):  # the proxy leaves the path or cuts it off
        page = behind.get(path)
        links = LINK.findall(page.text)
        assert links
        assert all(link.startswith("/sd/") for link in links), links
    assert behind.get("/library/").headers["Location"].startswith("/sd/accounts/login/")
    assert behind.get("/sd/static/js/lib/root.js").status_code == 200
    assert all("/sd" in line for line in page.headers.get_list("Set-Cookie") if "Path=" in line)


def log_in(behind):
    form = {"login": "alice", "password": PASSWORD, "csrfmiddlewaretoken": token(behind)}
    elsewhere = behind.post("/sd/accounts/login/", data=form, headers=page_at("https://home.example:9999"))
    assert elsewhere.status_code == 403
    assert "https://home.example:9999" in elsewhere.text
    assert NAME in elsewhere.text
    answer = behind.post("/sd/accounts/login/", data=form, headers=page_at(NAME))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sd/")
    cookies["Cookie"] = "; ".join(line.partition(";")[0] for line in answer.headers.get_list("Set-Cookie"))


def page_at(origin):
    return {**cookies, "Origin": origin, "Referer": f"{origin}/sd/accounts/login/"}


cookies = {}  # httpx keeps no secure cookies of a loopback address, so they are sent by hand


def token(behind):
    page = behind.get("/sd/accounts/login/")
    cookies["Cookie"] = page.headers["Set-Cookie"].partition(";")[0]
    return re.search('csrfmiddlewaretoken" value="([^"]+)', page.text)[1]


def answers_lie_below_the_path(behind, key):
    mine = {"Authorization": f"Bearer {key}"}
    body = {"prompt": "a red heart", "steps": 1, "width": 128, "height": 128}
    job = behind.post("/sd/api/v1/jobs?wait=60", json=body, headers=mine).json()
    assert job["images"][0]["file_url"].startswith("/sd/images/")
    assert behind.get(job["images"][0]["file_url"], headers=mine).headers["Content-Type"] == "image/png"
    wanted = {"prompt": "a red heart", "response_format": "url", "size": "128x128"}
    made = behind.post("/sd/v1/images/generations", json=wanted, headers=mine).json()
    assert made["data"][0]["url"].startswith(f"{NAME}/sd/")
    parts = urlsplit(made["data"][0]["url"])
    assert behind.get(f"{parts.path}?{parts.query}").status_code == 200


def websockets_take_the_origin_of_the_page(behind):
    headers = {name: value for name, value in {**PROXY, **cookies}.items() if name != "Host"}
    address = "ws://home.example:8443/sd/ws/events/"
    line = socket.create_connection(("127.0.0.1", behind.port))
    with connect(address, origin=NAME, additional_headers=headers, sock=line) as events:
        assert json.loads(events.recv(10))["event"] == "snapshot"


def strangers_cannot_choose_their_address(behind):
    def wrong_key(number):
        chain = f"203.0.113.{number}, 198.51.100.9"
        return behind.get("/sd/api/v1/me", headers={"X-API-Key": "wrong", "X-Forwarded-For": chain}).status_code

    assert {wrong_key(number) for number in range(30)} == {401}
    assert wrong_key(31) == 429
