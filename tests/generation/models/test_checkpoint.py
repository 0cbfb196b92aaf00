"""Defaults that the family of a checkpoint does not support are refused."""

import pytest
from django.urls import reverse

from tests.support.factories import STARTER

ADD = reverse("admin:generation_checkpoint_add")


BLANK = dict.fromkeys(("width", "height", "steps", "guidance_scale", "sampler", "schedule", "family"), "")


# Choices of an untouched form.
USUAL = {"size_policy": "refuse"} | dict.fromkeys(("prediction_type", "precision", "memory_mode", "tiled_vae"), "auto")


def requested(**fields):
    """Return what the form sends when only title, slug and location are filled in."""
    data = {"title": "Tulip", "slug": "tulip", "kind": "folder", "location": str(STARTER), "enabled": "on"}
    return data | BLANK | USUAL | {"sizes": "[]", "vocabulary": "[]"} | fields


def errors_of(answer):
    assert answer.status_code == 200
    return answer.context["adminform"].form.errors


def test_a_sampler_that_the_family_lacks_is_refused(as_root):
    data = requested(kind="hub", location="owner/name", family="flux", sampler="ddim")
    assert list(errors_of(as_root.post(ADD, data))) == ["sampler"]


@pytest.mark.parametrize(
    ("fields", "field", "says"),
    [
        ({"clip_skip": "13"}, "clip_skip", "1 to 12"),
        ({"clip_skip": "2", "kind": "hub", "location": "owner/name", "family": "flux"}, "clip_skip", "leave it blank"),
        (
            {"prediction_type": "epsilon", "kind": "hub", "location": "owner/name", "family": "sd3"},
            "prediction_type",
            "predicts a flow",
        ),
        ({"precision": "quarter"}, "precision", "quarter"),
        ({"negative_prompt": "x" * 10_001}, "negative_prompt", "10000"),
    ],
)
def test_features_that_the_family_lacks_are_refused(as_root, fields, field, says):
    errors = errors_of(as_root.post(ADD, requested(**fields)))
    assert list(errors) == [field]
    assert says in errors[field][0]
