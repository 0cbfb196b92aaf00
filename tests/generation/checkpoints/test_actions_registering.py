"""Registering a checkpoint: its location, and which one is the default."""

import shutil

import pytest
from django.conf import settings
from django.urls import reverse

from generation.models import Checkpoint
from tests.support.factories import STARTER, make_checkpoint

LIST = reverse("admin:generation_checkpoint_changelist")


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


def test_a_path_below_the_checkpoints_folder_is_found(as_root):
    folder = settings.MODELS_DIR / "tulip"
    shutil.copytree(STARTER, folder)
    try:
        assert as_root.post(ADD, requested(location="tulip")).status_code == 302
    finally:
        shutil.rmtree(folder)
    assert Checkpoint.objects.get(slug="tulip").location == str(folder)


@pytest.mark.parametrize(
    ("kind", "make", "says"),
    [
        ("folder", None, "There is nothing at"),
        ("file", None, "There is nothing at"),
        ("folder", "empty", "no model_index.json"),
        ("folder", "weights.safetensors", "is a file"),
        ("file", "empty", "is a folder"),
        ("file", "weights.ckpt", "not a .safetensors file"),
        ("file", "weights.PT", "not a .safetensors file"),
        ("file", "weights.txt", "not a .safetensors file"),
        ("file", "weights.safetensors", "weights.safetensors"),
        ("folder", "x" * 300, "cannot be read"),
    ],
)
def test_a_wrong_path_names_the_location(as_root, tmp_path, kind, make, says):
    path = tmp_path / (make or "missing")
    if make == "empty":
        path.mkdir()
    elif make and len(make) < 256:
        path.write_bytes(b"whatever")
    errors = errors_of(as_root.post(ADD, requested(kind=kind, location=str(path))))
    assert list(errors) == ["location"]
    assert says in errors["location"][0]
    assert not Checkpoint.objects.exists()


def test_the_mark_of_the_default_moves(as_root, checkpoint):
    assert as_root.post(ADD, requested(is_default="on")).status_code == 302
    checkpoint.refresh_from_db()
    assert not checkpoint.is_default
    assert Checkpoint.objects.default().slug == "tulip"


def test_a_disabled_default_is_refused(as_root):
    data = requested(is_default="on")
    del data["enabled"]
    assert list(errors_of(as_root.post(ADD, data))) == ["enabled"]


def test_making_default_from_list_and_page(as_root, checkpoint, act):
    first, second = make_checkpoint("first", enabled=False), make_checkpoint("second")
    act(as_root, LIST, "make_default", first, second)
    assert Checkpoint.objects.default() == checkpoint
    act(as_root, LIST, "make_default", first)
    assert list(Checkpoint.objects.filter(is_default=True, enabled=True)) == [first]
    url = reverse("admin:generation_checkpoint_make_this_default", args=[second.pk])
    as_root.get(url)
    assert Checkpoint.objects.default() == first
    assert as_root.post(url, {"_form_submitted": "on"}).status_code == 303
    assert Checkpoint.objects.default() == second
