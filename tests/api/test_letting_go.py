"""What a refused request held is free as soon as it is answered, without anybody looking for circles."""

import gc
import weakref

import pytest
from asgiref.sync import sync_to_async
from django.test import RequestFactory

from generation.jobs.errors import JobRefused
from sdsite.api import doors
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
    monkeypatch.setattr(doors, "let_in", lambda request, scope: None)
    bodies = []

    @doors.door(render, scope=None)
    async def view(request):
        request.large = Body()
        bodies.append(weakref.ref(request.large))
        await sync_to_async(refuse)(request.large)

    assert (await view(RequestFactory().post("/"))).status_code == 422
    assert [body() for body in bodies] == [None]
