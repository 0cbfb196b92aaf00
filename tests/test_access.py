"""Who gets in where: every URL, operation, socket and page of the administration, asked by everybody.

`tests/access.py` has the expected answers; `make_state` has the people and the rows.
"""

import json
from collections import Counter

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.db import connections
from django.template.backends.django import Template

from sdsite.core import rate_limits
from tests import access
from tests.support.access_probe import (
    address_of,
    answer_to,
    expected,
    group_of,
    is_only_read,
    operations,
    sockets,
    url_routes,
)
from tests.support.access_state import make_state

METHODS = ("GET", "POST")


def found(group):
    """Return what the site has in a group, as "METHOD route"."""
    if group == "api":
        return operations()
    if group == "sockets":
        return [f"WS {route}" for route in sockets()]
    routes = [route for route in url_routes() if group_of(route) == group]
    return [f"{method} {route}" for route in routes for method in METHODS]


@pytest.fixture
def state(db, valkey, monkeypatch, settings):
    """The rows and people; nothing counts how often somebody asks, and the one connection stays open.

    Pages are empty: who may see one is decided before it is written, which takes most of the time.
    """
    monkeypatch.setattr(Template, "render", lambda self, context=None, request=None: "")
    settings.ACCOUNT_RATE_LIMITS = settings.MFA_RATE_LIMITS = False
    for name in rate_limits.LIMITS:
        monkeypatch.setitem(rate_limits.LIMITS, name, rate_limits.Limit(1_000_000, 60, "tests"))
    monkeypatch.setattr(connections["default"], "close", lambda: None)
    return make_state()


def ask(state, name, *who):
    """Return the letters of the answers to `who`, by default to all."""
    method, route = name.split(" ", 1)
    is_operation = route.startswith("/")
    path = address_of(route + access.QUERIES.get(name, ""), state)
    body = access.BODIES.get(name, {} if is_operation and method in ("PATCH", "PUT") else None)
    if body is None and method == "POST" and group_of(route) == "dialects":
        body = []  # whoever gets in is told that this is no request of the dialect
    if body is not None:
        body = json.dumps(body)
        for parameter, value in state.values.items():
            body = body.replace(f"{{{parameter}}}", str(value))
    path = f"/api/v1{path}" if is_operation else path
    return "".join(answer_to(client, method, path, body) for client in map(state.clients.get, who or access.ACTORS))


def check(group, letters):
    """Compare the answers {"METHOD route": letters} with the table, and print how many there were."""
    rows = expected(group)
    names = {value: name for name, value in access.CLASSES.items()}
    said = [
        f"{name}: answers {got} ({names.get(got, 'no class has these letters')}), the table says {rows.get(name)}"
        for name, got in letters.items()
        if got != rows.get(name)
    ]
    print(f"\n{group}: {len(letters)} routes x {len(access.ACTORS)} who ask:", dict(Counter("".join(letters.values()))))
    header = "letters stand for " + ", ".join(access.ACTORS)
    assert said == [], "\n".join([header, "rows are missing or wrong in tests/access.py:", *said])
    assert set(rows) - set(letters) == set(), "these rows of tests/access.py name nothing that the site has"


@pytest.mark.parametrize("group", access.GROUPS)
def test_everybody_gets_the_answer_of_the_table(state, group):
    administrator = list(state.clients).index("administrator")
    assert list(state.clients) == list(access.ACTORS)
    letters = {}
    for name in found(group):
        if is_only_read(name) and name.replace("POST", "GET", 1) in letters:
            continue
        if group == "api" or ask(state, name, "administrator") != "-":
            letters[name] = ask(state, name)
    assert all(word[administrator] != "-" for word in letters.values())
    check(group, letters)


def test_sockets_let_in_whom_the_table_says(state):
    from sdsite.asgi import application

    async def letter(path, cookies, key):
        headers = [(b"cookie", f"{name}={cookie.value}".encode()) for name, cookie in cookies.items()]
        socket = WebsocketCommunicator(application, path + (f"?api_key={key}" if key else ""), headers=headers)
        if not (await socket.connect(10))[0]:
            return "U"
        # Whom it refuses by a code is told so with nothing in between.
        if await socket.receive_nothing(timeout=0.05):
            first = {}
        else:
            first = await socket.receive_output(1)
        await socket.disconnect(timeout=10)
        return {4401: "U", 4403: "F"}[first["code"]] if first.get("type") == "websocket.close" else "Y"

    async def ask_all(path):
        people = state.clients.items()
        return "".join([await letter(path, client.cookies, state.keys.get(name)) for name, client in people])

    check("sockets", {f"WS {route}": async_to_sync(ask_all)(f"/{route}") for route in sockets()})


def test_every_route_has_a_row():
    """Needs no database, so that it fails at once where a new address was forgotten."""
    for group in access.GROUPS:
        routes = {name.split(" ", 1)[1] for name in found(group)}
        rows = {name.split(" ", 1)[1] for name in expected(group)}
        assert routes == rows, f"tests/access.py, {group}: missing {routes - rows}, gone {rows - routes}"
    assert set(found("sockets")) == set(expected("sockets"))
