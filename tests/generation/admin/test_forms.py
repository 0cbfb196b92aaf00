"""The form of a checkpoint takes the family and the size from its weights."""

import pytest
from django.urls import reverse

from generation.models import Checkpoint
from tests.support.factories import STARTER

ADD = reverse("admin:generation_checkpoint_add")


BLANK = dict.fromkeys(("width", "height", "steps", "guidance_scale", "sampler", "schedule", "family"), "")


# What stands in the form's choices when nobody touches them.
USUAL = {"size_policy": "refuse"} | dict.fromkeys(("prediction_type", "precision", "memory_mode", "tiled_vae"), "auto")


def requested(**fields):
    """Return what the form sends when only title, slug and location are filled in."""
    data = {"title": "Tulip", "slug": "tulip", "kind": "folder", "location": str(STARTER), "enabled": "on"}
    return data | BLANK | USUAL | {"sizes": "[]", "vocabulary": "[]"} | fields


def errors_of(answer):
    assert answer.status_code == 200
    return answer.context["adminform"].form.errors


def test_the_size_is_read_from_the_weights(as_root):
    as_root.post(ADD, requested())
    row = Checkpoint.objects.get(slug="tulip")
    assert (row.width, row.height) == (128, 128)
    assert row.size_bytes == sum(path.stat().st_size for path in STARTER.glob("*/*.safetensors"))


def test_another_family_than_that_of_the_weights_is_refused(as_root):
    errors = errors_of(as_root.post(ADD, requested(family="sdxl")))
    assert list(errors) == ["family"]
    assert "Stable Diffusion 1 and 2" in errors["family"][0]


def test_what_was_filled_in_is_kept(as_root):
    as_root.post(
        ADD, requested(steps="9", guidance_scale="2.5", sampler="euler", schedule="karras", width="64", height="72")
    )
    row = Checkpoint.objects.get(slug="tulip")
    assert (row.steps, row.guidance_scale, row.sampler, row.schedule) == (9, 2.5, "euler", "karras")
    assert (row.width, row.height) == (64, 72)


@pytest.mark.parametrize("location", ["owner", "owner/name/more", "../../etc", "owner/na me", "-a/b", "https://x/y"])
def test_a_hub_id_is_checked_for_its_shape(as_root, location):
    errors = errors_of(as_root.post(ADD, requested(kind="hub", location=location, family="sdxl")))
    assert list(errors) == ["location"]


def test_a_hub_id_needs_its_family_and_takes_the_rest_from_it(as_root):
    data = requested(kind="hub", location="owner/some-model.v1_0", revision="main")
    assert list(errors_of(as_root.post(ADD, data))) == ["family"]
    assert as_root.post(ADD, data | {"family": "sdxl"}).status_code == 302
    row = Checkpoint.objects.get(slug="tulip")
    assert (row.kind, row.location, row.width, row.sampler) == ("hub", "owner/some-model.v1_0", 1024, "dpmpp_2m")
