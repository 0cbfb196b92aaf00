"""The body of a refused request is released."""

import asyncio
import gc
import weakref

import pytest
from asgiref.sync import sync_to_async
from django.test import RequestFactory

from generation.errors import JobRefused
from sdsite.api import endpoint
from sdsite.api.errors import render


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
    async with asyncio.timeout(5):  # the thread that ran it may still be on its way out
        while bodies[0]() is not None:
            await asyncio.sleep(0.01)
