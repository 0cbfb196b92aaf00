"""Downloading from the hub: single files, damaged files, and a full disk."""

import shutil

import pytest
from django.conf import settings

from generation.checkpoints import downloads, maintenance
from generation.models import CheckpointDownload
from generation.weights import hub_download as machine


@pytest.fixture(autouse=True)
def no_leftovers():
    yield
    shutil.rmtree(settings.MODELS_DIR, ignore_errors=True)


def request(actor, **fields):
    values = {"repository": "owner/name", "slug": "tulip", "title": "Tulip", **fields}
    return downloads.request_download(actor=actor, download=CheckpointDownload(**values))


def tend(**more):
    assert maintenance.run_pending(should_stop=lambda: False, **more)


def test_one_file_of_a_repository_without_folders(hub, repository, alice):
    for path in list(repository.iterdir()):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (repository / "model.safetensors").write_bytes(b"\x80\x04 a pickle under another name")
    (repository / "model.ckpt").write_bytes(b"\x80\x04")
    row = request(alice)
    tend()
    row.refresh_from_db()
    assert "name the single file to fetch: model.safetensors" in row.error
    for filename, says in (("model.ckpt", "has no file 'model.ckpt' in safetensors"), ("model.safetensors", "pickle")):
        row = request(alice, filename=filename)
        tend()
        row.refresh_from_db()
        assert row.state == "failed"
        assert says in row.error
    assert not (settings.MODELS_DIR / "tulip.safetensors").exists()


def test_a_damaged_file_is_removed_and_fetched_again(hub, alice):
    hub.damage = "unet/diffusion_pytorch_model-00002-of-00003.safetensors"  # the largest: the others are whole by then
    row = request(alice)
    tend()
    row.refresh_from_db()
    assert (row.state, "came damaged" in row.error) == ("failed", True)
    hub.damage = ""
    assert downloads.resume_download(download=row, actor=alice)
    asked = len(hub.asked)
    tend()
    row.refresh_from_db()
    assert row.state == "done"
    assert [path.rpartition("/unet/")[2] for path in hub.asked[asked:] if path.endswith(".safetensors")] == [
        "diffusion_pytorch_model-00002-of-00003.safetensors"
    ]


def test_a_full_disk_is_seen_before(hub, alice, monkeypatch):
    monkeypatch.setattr(machine, "SPARE_BYTES", 2**60)
    row = request(alice)
    tend()
    row.refresh_from_db()
    assert "too full" in row.error
