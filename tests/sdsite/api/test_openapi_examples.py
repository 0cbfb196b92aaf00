"""Examples in the OpenAPI document: every body, parameter and error code."""

import jsonschema_rs
import pytest

from sdsite.api.error_codes import CODES, FAILURES

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(stranger):
    return stranger.api("GET", "/openapi.json").json()


def operations_of(document):
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def bodies_of(operation):
    """Yield (status or "request", content of JSON) of whatever an operation takes and answers."""
    for where, body in [("request", operation.get("requestBody", {})), *operation["responses"].items()]:
        if "application/json" in body.get("content", {}):
            yield where, body["content"]["application/json"]


def examples_in(content):
    return [content["example"]] if "example" in content else [one["value"] for one in content["examples"].values()]


def test_every_body_has_valid_examples(document):
    seen = 0
    for operation in operations_of(document):
        for where, content in bodies_of(operation):
            validator = jsonschema_rs.validator_for({**content["schema"], "components": document["components"]})
            examples = examples_in(content)
            assert examples, (operation["operationId"], where)
            for example in examples:
                problems = [error.message for error in validator.iter_errors(example)]
                assert not problems, (operation["operationId"], where, problems[:3])
                seen += 1
    assert seen > 300


def test_every_required_parameter_has_an_example(document):
    for operation in operations_of(document):
        for parameter in operation["parameters"]:
            assert "examples" not in parameter  # OpenAPI wants a map there, JSON Schema's list is none
            if parameter["required"]:
                assert "example" in parameter, (operation["operationId"], parameter["name"])


def test_every_error_code_is_an_example_of_some_operation_with_its_status(document):
    told = {
        (code, int(status))
        for operation in operations_of(document)
        for status, answer in operation["responses"].items()
        if status[0] in "45"
        for code in answer["content"]["application/json"]["examples"]
    }
    elsewhere = {"method_not_allowed", "answer_too_large"}  # of addresses and of compatible APIs, not of operations
    expected = {(code, status) for code, (status, _) in {**CODES, **FAILURES}.items() if code not in elsewhere}
    assert expected <= told
