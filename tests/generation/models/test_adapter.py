"""Adapters: values that are refused, and where their weights are."""

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from generation.models import Adapter


def make(**fields):
    return Adapter(**{"kind": "lora", "slug": "ink", "title": "Ink", "location": "ink.safetensors", **fields})


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"kind": "upscaler", "family": "sd"}, "family"),
        ({"family": "gone"}, "family"),
        ({"kind": "embedding", "token": "two words"}, "token"),
        ({"default_weight": 4.1}, "default_weight"),
        ({"default_weight": -4.1}, "default_weight"),
    ],
)
def test_values_that_cannot_be_are_refused_by_field(fields, at_fault):
    with pytest.raises(ValidationError) as caught:
        make(**fields).clean()
    assert set(caught.value.message_dict) == {at_fault}


@pytest.mark.parametrize(
    "fields", [{"family": "sdxl"}, {"kind": "upscaler"}, {"kind": "embedding", "token": "x-y"}, {"default_weight": -4}]
)
def test_values_that_can_be_are_taken(fields):
    make(**fields).clean()


def test_a_relative_location_starts_at_the_folder_of_its_kind(settings):
    assert make().path == Path(settings.MODELS_DIR) / "loras" / "ink.safetensors"
    assert make(kind="vae", location="a/b").path == Path(settings.MODELS_DIR) / "vaes" / "a" / "b"
    assert make(location="/elsewhere/ink.safetensors").path == Path("/elsewhere/ink.safetensors")


def test_a_family_has_its_own_adapters_and_those_of_every_family(db):
    rows = {name: make(slug=name, family=name) for name in ("sd", "sdxl")}
    rows["all"] = make(kind="upscaler", slug="all")
    rows["off"] = make(slug="off", family="sd", enabled=False)
    for row in rows.values():
        row.save()
    assert set(Adapter.objects.for_family("sd").enabled()) == {rows["sd"], rows["all"]}
    assert set(Adapter.objects.of_kind("lora").for_family("sdxl")) == {rows["sdxl"]}
