"""A preset with a wrong parameter names it."""

import pytest

from tests.support.clients.api_client import error_of

pytestmark = pytest.mark.django_db


def test_an_invalid_preset_names_the_parameter(owner_client):
    fields = error_of(
        owner_client.api("POST", "/presets", {"name": "wide", "parameters": {"width": 63}}), 422, "invalid_parameters"
    )
    assert "parameters.width" in fields["parameters"]
    assert "64 to 2048" in fields["parameters"]
