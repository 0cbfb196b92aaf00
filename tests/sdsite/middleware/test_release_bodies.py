"""What a request held is free as soon as it is answered, without anybody looking for circles."""

import gc
import weakref

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient, RequestFactory

from generation.errors import JobRefused
from sdsite.api import endpoint
from sdsite.api.errors import let_go, render
from tests.support.clients.api_client import knocking_as, make_key


class Body:
    """Stands for 30 MB."""


def refuse(body):
    try:
        raise ValueError("no picture")
    except ValueError as error:
        raise JobRefused("invalid_parameters", "no picture", fields={}) from error


@pytest.fixture
def _nobody_looks():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_nobody_looks")
async def test_nothing_holds_the_body_of_a_request_that_was_refused(monkeypatch):
    monkeypatch.setattr(endpoint, "authenticate_request", lambda request, scope: None)
    bodies = []

    @endpoint.endpoint(render, scope=None)
    async def view(request):
        request.large = Body()
        bodies.append(weakref.ref(request.large))
        await sync_to_async(refuse)(request.large)

    assert (await view(RequestFactory().post("/"))).status_code == 422
    assert [body() for body in bodies] == [None]


def test_an_exception_may_be_its_own_cause():
    error, other = ValueError("a"), ValueError("b")
    error.__cause__, other.__cause__ = error, error
    let_go(other)
    assert (error.__traceback__, other.__traceback__) == (None, None)


DOORS = ("/api/v1/jobs", "/v1/images/generations", "/sdapi/v1/txt2img", "/prompt")


@pytest.mark.django_db
@pytest.mark.parametrize("door", DOORS)
def test_nothing_is_left_of_a_body_that_was_read(alice, door):
    response = knocking_as(alice).post(door, '{"prompt": 5}', content_type="application/json")
    assert response.status_code in (400, 422)
    assert response.wsgi_request.body == b""


@pytest.mark.django_db(transaction=True)
async def test_nor_of_one_that_came_by_the_event_loop(alice):
    _, key = await sync_to_async(make_key)(alice)
    headers = {"Authorization": f"Bearer {key}"}
    response = await AsyncClient().post(DOORS[0], '{"prompt": 5}', content_type="application/json", headers=headers)
    assert response.status_code == 422
    assert response.asgi_request.body == b""
