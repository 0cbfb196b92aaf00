"""A preset with a wrong parameter names it."""

import pytest

from tests.support.clients.api_client import error_of

pytestmark = pytest.mark.django_db


def test_a_preset_says_which_of_its_parameters_is_wrong(owner_client):
    fields = error_of(
        owner_client.api("POST", "/presets", {"name": "wide", "parameters": {"width": 63}}), 422, "invalid_parameters"
    )
    assert "parameters.width" in fields["parameters"]
    assert "64 to 2048" in fields["parameters"]
