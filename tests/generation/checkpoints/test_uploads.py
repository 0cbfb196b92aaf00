"""Uploading weights: hashed, inspected and offered, or refused without a trace."""

import hashlib
import pickle

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from safetensors.numpy import save

from generation.checkpoints import uploads
from generation.models import Checkpoint
from sdsite.accounts.models import AuditEvent
from tests.generation.conftest import lora, weights

pytestmark = pytest.mark.usefixtures("checkpoints_folder")


UPLOAD = reverse("admin:generation_checkpoint_upload")


def send(client, data, name="Übung (1).safetensors", **fields):
    return client.post(UPLOAD, {"title": "", **fields, "file": SimpleUploadedFile(name, data)})


def leftovers():
    return [path for path in uploads.uploads_folder().rglob("*")]


def test_a_sent_file_is_hashed_inspected_and_offered(as_root, root, checkpoints_folder):
    data = save(weights(v_pred=1))
    assert send(as_root, data, title="Exercise").status_code == 302
    row = Checkpoint.objects.get()
    assert (row.title, row.slug, row.kind, row.family) == ("Exercise", "exercise", "file", "sd")
    assert row.location == str(checkpoints_folder / "bung-1-.safetensors")
    assert (checkpoints_folder / "bung-1-.safetensors").read_bytes() == data
    assert row.sha256 == hashlib.sha256(data).hexdigest()
    assert row.found_prediction == "v_prediction"
    assert leftovers() == []
    assert AuditEvent.objects.get(action="checkpoint.created").actor == root


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("model.ckpt", b"\x80\x04 whatever", "pickle"),
        ("model.safetensors.pt", save(lora()), "pickle"),
        ("model.txt", save(lora()), "Only .safetensors"),
        (".safetensors", save(lora()), "Only .safetensors"),
        ("renamed.safetensors", pickle.dumps({"weights": list(range(1000))}), "pickle under another name"),
        ("zipped.safetensors", b"PK\x03\x04" + bytes(100), "pickle under another name"),
        ("noise.safetensors", bytes(1000), "not a safetensors file"),
        ("style.safetensors", save(lora()), "is a LoRA"),
        ("cut.safetensors", save(lora())[:-5], "cut off"),
        ("folder/../../etc.safetensors", save(lora()), "etc.safetensors cannot be used"),
    ],
)
def test_a_sent_file_that_cannot_be_used_leaves_nothing(as_root, checkpoints_folder, name, data, says):
    page = send(as_root, data, name)
    assert page.status_code == 200
    assert says in page.context["refused"]
    assert leftovers() == []
    assert not list(checkpoints_folder.glob("*.safetensors"))
    assert not Checkpoint.objects.exists()


def test_too_large_a_file_is_refused(as_root, settings, monkeypatch):
    settings.ENV = {**settings.ENV, "SDSITE_CHECKPOINT_GB": 1e-6}
    page = send(as_root, save(weights()))
    assert "A file may have at most" in page.context["refused"]
    assert leftovers() == []
    settings.ENV = {**settings.ENV, "SDSITE_CHECKPOINT_GB": 1.0}
    monkeypatch.setattr(uploads, "SPARE_BYTES", 2**60)
    assert "too full" in send(as_root, save(weights())).context["refused"]


def test_a_file_of_that_name_is_not_overwritten(as_root, checkpoints_folder):
    (checkpoints_folder / "mine.safetensors").write_bytes(b"mine")
    assert "exists already" in send(as_root, save(weights()), "mine.safetensors").context["refused"]
    assert (checkpoints_folder / "mine.safetensors").read_bytes() == b"mine"
