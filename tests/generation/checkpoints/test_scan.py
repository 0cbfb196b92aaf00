"""Scanning the allowed folders for checkpoints: new ones, refused ones, and no others."""

import pytest
from django.urls import reverse
from safetensors.numpy import save_file

from generation.models import Checkpoint
from tests.generation.conftest import weights
from tests.support.factories import STARTER

pytestmark = pytest.mark.usefixtures("checkpoints_folder")


SCAN = reverse("admin:generation_checkpoint_scan")


def test_a_scan_lists_new_checkpoints_and_refusals_with_reasons(as_root, filled):
    context = as_root.get(SCAN).context
    usable = {one.title: one.inspection for one in context["usable"]}
    assert set(usable) == {"one", "velocity"}
    assert (usable["velocity"].prediction_type, usable["velocity"].dtype) == ("v_prediction", "F16")
    assert usable["one"].size_bytes == sum(path.stat().st_size for path in STARTER.glob("*/*.safetensors"))
    refused = {one.title: one.refused for one in context["refused"]}
    assert set(refused) == {"style", "old.ckpt", "renamed"}
    assert "LoRA" in refused["style"]
    assert all("pickle" in refused[name].lower() for name in ("old.ckpt", "renamed"))
    assert Checkpoint.objects.count() == 1


@pytest.mark.parametrize("where", ["/etc", "../..", "missing"])
def test_only_allowed_folders_are_looked_through(as_root, where):
    context = as_root.get(SCAN, {"folder": where}).context
    assert context["refused_folder"]
    assert not context["usable"]


def test_nothing_outside_is_added(as_root, tmp_path):
    save_file(weights(), tmp_path / "outside.safetensors")
    as_root.post(SCAN, {"ticked": [str(tmp_path / "outside.safetensors")]})
    assert not Checkpoint.objects.exists()


def test_more_folders_can_be_allowed(as_root, tmp_path, settings):
    save_file(weights(), tmp_path / "outside.safetensors")
    settings.ENV = {**settings.ENV, "SDSITE_CHECKPOINT_FOLDERS": [str(tmp_path)]}
    assert [one.title for one in as_root.get(SCAN, {"folder": str(tmp_path)}).context["usable"]] == ["outside"]
