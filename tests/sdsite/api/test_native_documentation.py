"""docs/api.md describes every operation and rate limit."""

import json
import re

import pytest

from generation.parameters.schema import GenerationParameters
from sdsite.core.rate_limits import LIMITS
from tests.support.site import ROOT

DOCS = (ROOT / "docs" / "api.md").read_text()


pytestmark = pytest.mark.django_db


@pytest.fixture
def document(stranger):
    response = stranger.api("GET", "/openapi.json")
    assert response.status_code == 200
    return response.json()


@pytest.fixture
def operations(document):
    return [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_is_described(operations):
    assert len(operations) >= 13
    for method, path, operation in operations:
        assert operation["summary"], (method, path)
        assert len(operation["description"]) > 20, (method, path)
        assert operation["tags"], (method, path)
        assert operation["security"], (method, path)
        assert {"401", "429", "500"} <= set(operation["responses"]), (method, path)


def test_operation_ids_are_unique(operations):
    ids = [operation["operationId"] for _, _, operation in operations]
    assert len(ids) == len(set(ids))


def test_every_parameter_is_described(operations):
    for _, path, operation in operations:
        for parameter in operation.get("parameters", []):
            if parameter["in"] != "path":
                assert parameter.get("description"), (path, parameter["name"])


def test_the_examples_of_the_body_are_valid(document):
    examples = document["paths"]["/api/v1/jobs"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    assert len(examples) >= 3
    for example in examples.values():
        GenerationParameters.model_validate(example["value"])


def test_every_reference_of_the_document_leads_somewhere(document):
    for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)):
        assert name in document["components"]["schemas"]


def test_every_operation_is_in_the_guide(operations):
    for method, path, _ in operations:
        assert f"`{method} {path}`" in DOCS


def test_every_rate_limit_is_in_the_guide():
    for limit in LIMITS.values():
        assert f"{limit.amount} " in DOCS


def test_the_client_of_the_guide_is_short_and_compiles():
    (client,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    assert len(client.splitlines()) < 40
    compile(client, "docs/api.md", "exec")


def test_the_page_needs_no_login_and_no_inline_script(stranger):
    response = stranger.get("/api/v1/docs")
    page = response.content.decode()
    assert response.status_code == 200
    assert "script-src 'self'" in response["Content-Security-Policy"]
    for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL):
        assert 'type="application/json"' in attributes or ("src=" in attributes and not body.strip())
    assert not re.search(r"<style|style=|\son\w+=|https?://", page)


def test_the_root_leads_to_the_page(stranger):
    assert stranger.api("GET", "/")["Location"] == "/api/v1/docs"
