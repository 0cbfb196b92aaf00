"""What a request holds is freed with its response, without the garbage collector."""

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from tests.support.clients.api_client import knocking_as, make_key

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
