"""Changes to checkpoints: their slugs."""

import pytest

from generation.checkpoints.actions import free_slug
from generation.models import Adapter
from tests.support.factories import make_checkpoint


@pytest.mark.parametrize(
    ("name", "kind", "slug"),
    [
        ("sd_xl_base_1.0", "", "sd-xl-base-1-0"),
        ("add_detail.v1", "lora", "add_detail-v1"),
        ("Größe", "", "groe"),
        ("心", "", "checkpoint"),
        ("心", "lora", "lora"),
        ("x" * 200, "", "x" * 70),
        ("x" * 200, "lora", "x" * 100),
    ],
)
def test_a_slug_is_made_of_the_name(db, name, kind, slug):
    assert free_slug(name, adapter_kind=kind) == slug


def test_a_slug_that_is_taken_gets_a_number(db):
    for slug in ("fox", "fox-2", "fox-4"):
        make_checkpoint(slug)
    Adapter.objects.create(kind="lora", slug="wolf", title="Wolf", location="wolf.safetensors")
    assert free_slug("Fox") == "fox-3"
    assert free_slug("Fox", adapter_kind="lora") == "fox"
    assert free_slug("Wolf", adapter_kind="lora") == "wolf-2"
    assert free_slug("Wolf", adapter_kind="vae") == "wolf"
    assert free_slug("Wolf") == "wolf"
