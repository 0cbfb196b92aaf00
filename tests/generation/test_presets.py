"""Presets and styles: unique names, bounded number, only the parameters that were named."""

import pytest

from generation.models import Preset, Style
from tests.support.clients.api_client import error_of

pytestmark = pytest.mark.django_db


INK = {"name": "ink", "prompt": "{prompt}, ink drawing", "negative_prompt": "colour"}


QUICK = {"name": "quick", "parameters": {"steps": 8, "sampler": "Euler a"}}


KINDS = {"styles": (Style, INK, {"prompt": "pencil"}), "presets": (Preset, QUICK, {"parameters": {"steps": 9}})}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def create(client, kind, **changes):
    response = client.api("POST", f"/{kind}", {**KINDS[kind][1], **changes})
    assert response.status_code == 201, response.content
    return response.json()


WRONG = [
    ("styles", {**INK, "name": "  "}, "name"),
    ("styles", {**INK, "name": "x" * 81}, "name"),
    ("styles", {**INK, "name": "a\x00b"}, "name"),
    ("styles", {"name": "empty"}, "prompt"),
    ("styles", {**INK, "prompt": "x" * 10_001}, "prompt"),
    ("presets", {"name": "none", "parameters": {}}, "parameters"),
    ("presets", {"name": "big", "parameters": {"init_image": "x" * 60_000}}, "parameters"),
    ("presets", {"name": "wide", "parameters": {"width": 63}}, "parameters"),
    ("presets", {"name": "odd", "parameters": {"colour": "red"}}, "parameters"),
]


@pytest.mark.parametrize(("kind", "body", "field"), WRONG)
def test_what_cannot_be_kept_is_refused_by_field(owner_client, kind, body, field):
    assert field in error_of(owner_client.api("POST", f"/{kind}", body), 422, "invalid_parameters")
    assert not KINDS[kind][0].objects.exists()


def test_two_of_one_name_are_refused(owner_client, kind):
    create(owner_client, kind)
    second = create(owner_client, kind, name="second")
    assert "name" in error_of(owner_client.api("POST", f"/{kind}", KINDS[kind][1]), 422, "invalid_parameters")
    clash = owner_client.api("PATCH", f"/{kind}/{second['id']}", {"name": KINDS[kind][1]["name"]})
    assert "name" in error_of(clash, 422, "invalid_parameters")


def test_one_person_keeps_so_many(owner_client, kind, monkeypatch):
    monkeypatch.setattr("generation.presets.MOST_OWN", 1)
    create(owner_client, kind)
    error_of(owner_client.api("POST", f"/{kind}", {**KINDS[kind][1], "name": "more"}), 409, "too_many_saved")


def test_a_preset_keeps_only_what_was_named(owner_client):
    assert create(owner_client, "presets")["parameters"] == {"steps": 8, "sampler": "euler_a"}
