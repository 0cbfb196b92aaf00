"""The OpenAPI document: operations, responses and errors."""

import pytest

from generation.parameters.ranges import RANGES

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(stranger):
    return stranger.api("GET", "/openapi.json").json()


def operations_of(document):
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def test_the_document_is_openapi_3_1_and_describes_itself(document):
    assert document["openapi"].startswith("3.1.")
    assert len(document["info"]["description"]) > 100
    for scheme in document["components"]["securitySchemes"].values():
        assert all(scheme.values()), scheme


def test_every_operation_has_an_answer_without_error(document):
    for operation in operations_of(document):
        assert any(status.startswith("2") for status in operation["responses"]), operation["operationId"]


def test_get_operations_document_entity_tags(document):
    for path, methods in document["paths"].items():
        if "get" in methods and not path.endswith("/events"):
            assert "304" in methods["get"]["responses"], path
            assert "ETag" in methods["get"]["responses"]["200"]["headers"], path


def test_every_number_of_a_request_has_its_range(document):
    schemas = document["components"]["schemas"]
    homes = {"": "JobRequest", "hires": "Hires", "outpaint": "Outpaint", "loras": "LoraUse", "controls": "ControlUse"}
    homes |= {"ip_adapter": "IPAdapterUse", "refiner": "RefinerUse", "preview": "PreviewParameters"}
    for name, allowed in RANGES.items():
        prefix, _, field = name.rpartition(".")
        said = schemas[homes[prefix]]["properties"][field]
        number = next(one for one in said.get("anyOf", [said]) if one["type"] in ("integer", "number"))
        assert (number["minimum"], number["maximum"]) == (allowed.least, allowed.most), name
        assert number.get("multipleOf") == (allowed.multiple_of if allowed.exact else None), name
