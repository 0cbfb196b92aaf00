"""Bodies are validated in threads, and those that hold too much are refused before that, at every API."""

import pytest
from ninja.operation import AsyncOperation

from sdsite.api.native import api
from sdsite.api.threaded_operation import ThreadedOperation
from tests.support.clients.api_client import knocking_as

ADDRESSES = {
    "/api/v1/jobs": "code",
    "/api/v1/settings-of": "code",
    "/v1/images/generations": "code",
    "/sdapi/v1/txt2img": None,
    "/prompt": "type",
}
WIDE = {
    "names": {f"f{number}": 1 for number in range(30_000)},
    "lists": {"loras": [{"name": "a"}] * 30_000},
}


def test_no_async_view_validates_on_the_event_loop():
    routers = api._get_bound_routers()
    operations = [one for router in routers for view in router.path_operations.values() for one in view.operations]
    found = [operation for operation in operations if isinstance(operation, AsyncOperation)]
    assert found
    assert all(isinstance(operation, ThreadedOperation) for operation in found)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", WIDE)
@pytest.mark.parametrize("address", ADDRESSES)
def test_wide_bodies_are_refused(alice, checkpoint, address, kind):
    response = knocking_as(alice).post(address, WIDE[kind], content_type="application/json")
    error = response.json()["error"]
    code = error if ADDRESSES[address] is None else error[ADDRESSES[address]]
    assert (response.status_code, code) == (413, "body_too_large")
