"""Query names of the native API: what an operation does not have is refused, naming what it has."""

import re

import pytest

from sdsite.api.native import api
from sdsite.api.query_names import get_names
from tests.support.clients.api_client import ApiClient, error_of, knocking_as
from tests.support.factories import make_image, make_job

pytestmark = pytest.mark.django_db

WRONG = "invalid_parameters"
NOBODY = "00000000-0000-4000-8000-000000000000"
VALUES = {"slug:slug": "starter", "int:key_id": "1", "index": "0"}


def operations():
    """Yield (method, path with values for its parameters, operation) of all documented operations."""
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                if operation.include_in_schema:
                    filled = re.sub(
                        r"\{([^}]+)\}",
                        lambda found: VALUES.get(found[1], "1" if found[1].startswith("int:") else NOBODY),
                        path,
                    )
                    yield operation.methods[0], filled, operation


def test_every_operation_refuses_names_that_it_does_not_have(alice, checkpoint):
    client = knocking_as(alice)
    tried = 0
    for method, path, operation in operations():
        said = error_of(client.api(method, f"{path}?smapler=x"), 422, "invalid_parameters")
        names = get_names(operation)
        expected = f"the names are {', '.join(names)}" if names else "this URL takes no query parameters"
        assert said == {"smapler": f"smapler is not known; {expected}"}, (method, path)
        tried += 1
    assert tried > 50


def test_every_operation_refuses_null_characters(alice, checkpoint):
    client = knocking_as(alice)
    for method, path, operation in operations():
        if names := get_names(operation):
            said = error_of(client.api(method, f"{path}?{'&'.join(f'{one}=a%00b' for one in names)}"), 422, WRONG)
            assert list(said) == names[:5], (method, path)
    error_of(client.api("GET", "/checkpoints/a%00b"), 404, "not_found")


def test_names_with_an_underscore_in_front_are_ignored(owner_client, checkpoint):
    assert owner_client.api("GET", "/jobs?_=1764452000&_dc=1").status_code == 200
    said = error_of(owner_client.api("GET", "/jobs?a=1&b=2&c=3&d=4&e=5&f=6"), 422, "invalid_parameters")
    assert list(said) == list("abcde")
    said = error_of(owner_client.api("GET", f"/jobs?{'n' * 5000}=1"), 422, "invalid_parameters")
    assert max(len(name) for name in said) == 60
    assert max(len(sentence) for sentence in said.values()) < 200


def test_strangers_learn_no_names(checkpoint):
    error_of(ApiClient().api("GET", "/jobs?x=1"), 401, "unauthorized")


def test_files_take_what_the_pages_links_have(owner_client, alice, checkpoint):
    image = make_image(alice, job_id=make_job(alice, checkpoint).pk)
    for part in ("file", "thumbnail"):
        response = owner_client.api("GET", f"/images/{image.pk}/{part}?download")
        assert response["Content-Disposition"].startswith("attachment")
