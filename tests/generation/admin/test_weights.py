"""Checkpoints that are found in folders, sent as files, or fetched from the Hub: the pages of the admin."""

import hashlib
import pickle
import shutil

import numpy as np
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from safetensors.numpy import save, save_file

from generation.checkpoints import uploads
from generation.models import Checkpoint, CheckpointDownload
from sdsite.accounts.models import AuditEvent
from tests.generation.admin.test_checkpoints import MARKS_OF_VERSION_1
from tests.support.factories import STARTER, make_checkpoint

SCAN = reverse("admin:generation_checkpoint_scan")
UPLOAD = reverse("admin:generation_checkpoint_upload")
DOWNLOADS = reverse("admin:generation_checkpointdownload_changelist")
FETCH = reverse("admin:generation_checkpointdownload_add")
PAGES = [SCAN, UPLOAD, FETCH]


@pytest.fixture(autouse=True)
def folder():
    """The checkpoints folder, empty before and after."""
    shutil.rmtree(settings.MODELS_DIR, ignore_errors=True)
    settings.MODELS_DIR.mkdir(parents=True)
    yield settings.MODELS_DIR
    shutil.rmtree(settings.MODELS_DIR)


def weights(**metadata):
    marks = {name: np.zeros(shape, np.float16) for name, shape in MARKS_OF_VERSION_1.items()}
    return marks | {name: np.zeros((), np.float16) for name in metadata}


def lora():
    return {"lora_unet_mid_block_attentions_0_proj_in.lora_down.weight": np.zeros((4, 4), np.float16)}


@pytest.fixture
def filled(db, folder):
    """The folder with two usable checkpoints, one that is known, and three that cannot be used."""
    shutil.copytree(STARTER, folder / "tulips" / "one")
    save_file(weights(v_pred=1, ztsnr=1), folder / "velocity.safetensors")
    save_file(weights(), folder / "known.safetensors")
    make_checkpoint("known", kind="file", location="known.safetensors")
    save_file(lora(), folder / "style.safetensors")
    (folder / "old.ckpt").write_bytes(pickle.dumps({}))
    (folder / "renamed.safetensors").write_bytes(pickle.dumps({"weights": list(range(1000))}))
    (folder / "notes.txt").write_text("nothing")
    (folder / ".downloads" / "half").mkdir(parents=True)
    save_file(weights(), folder / ".downloads" / "half" / "half.safetensors")
    return folder


def test_a_scan_lists_what_is_new_and_why_the_rest_is_refused(as_root, filled):
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


def test_what_is_ticked_is_added(as_root, root, filled):
    ticked = [str(filled / "velocity.safetensors"), str(filled / "tulips" / "one"), str(filled / "style.safetensors")]
    answer = as_root.post(SCAN, {"ticked": ticked}, follow=True)
    rows = {row.slug: row for row in Checkpoint.objects.exclude(slug="known")}
    assert set(rows) == {"velocity", "one"}
    assert (rows["velocity"].kind, rows["one"].kind) == ("file", "folder")
    assert rows["velocity"].found_prediction == "v_prediction"
    assert "is a LoRA" in answer.content.decode()
    assert AuditEvent.objects.filter(action="checkpoint.created", actor=root).count() == 2
    assert {one.title for one in as_root.get(SCAN).context["usable"]} == set()


@pytest.mark.parametrize("where", ["/etc", "../..", "/nowhere\x00", "missing"])
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


def test_the_command_lists_and_adds(filled, capsys):
    call_command("scan_checkpoints")
    said = capsys.readouterr().out
    assert "velocity.safetensors: sd1, v_prediction, F16" in said
    assert f"refused  {filled / 'old.ckpt'}" in said
    assert Checkpoint.objects.count() == 1
    call_command("scan_checkpoints", "tulips", "--add")
    assert "added    one" in capsys.readouterr().out
    assert Checkpoint.objects.get(slug="one").family == "sd"
    call_command("scan_checkpoints", "tulips")
    assert "Nothing new." in capsys.readouterr().out
    with pytest.raises(CommandError, match="looked through"):
        call_command("scan_checkpoints", "/etc")


def send(client, data, name="Übung (1).safetensors", **fields):
    return client.post(UPLOAD, {"title": "", **fields, "file": SimpleUploadedFile(name, data)})


def leftovers():
    return [path for path in uploads.uploads_folder().rglob("*")]


def test_a_sent_file_is_hashed_inspected_and_offered(as_root, root, folder):
    data = save(weights(v_pred=1))
    assert send(as_root, data, title="Exercise").status_code == 302
    row = Checkpoint.objects.get()
    assert (row.title, row.slug, row.kind, row.family) == ("Exercise", "exercise", "file", "sd")
    assert row.location == str(folder / "bung-1-.safetensors")
    assert (folder / "bung-1-.safetensors").read_bytes() == data
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
        ("noise.safetensors", bytes(1000), "no safetensors file"),
        ("style.safetensors", save(lora()), "is a LoRA"),
        ("cut.safetensors", save(lora())[:-5], "cut off"),
        ("folder/../../etc.safetensors", save(lora()), "etc.safetensors cannot be used"),
    ],
)
def test_a_sent_file_that_cannot_be_used_leaves_nothing(as_root, folder, name, data, says):
    page = send(as_root, data, name)
    assert page.status_code == 200
    assert says in page.context["refused"]
    assert leftovers() == []
    assert not list(folder.glob("*.safetensors"))
    assert not Checkpoint.objects.exists()


def test_too_large_a_file_is_refused(as_root, settings, monkeypatch):
    settings.ENV = {**settings.ENV, "SDSITE_CHECKPOINT_GB": 1e-6}
    page = send(as_root, save(weights()))
    assert "A file may have at most" in page.context["refused"]
    assert leftovers() == []
    settings.ENV = {**settings.ENV, "SDSITE_CHECKPOINT_GB": 1.0}
    monkeypatch.setattr(uploads, "SPARE_BYTES", 2**60)
    assert "too full" in send(as_root, save(weights())).context["refused"]


def test_a_file_of_that_name_is_not_overwritten(as_root, folder):
    (folder / "mine.safetensors").write_bytes(b"mine")
    assert "there already" in send(as_root, save(weights()), "mine.safetensors").context["refused"]
    assert (folder / "mine.safetensors").read_bytes() == b"mine"


def test_an_upload_from_another_site_is_refused(root, folder):
    client = Client(enforce_csrf_checks=True)
    client.force_login(root)
    assert send(client, save(weights())).status_code == 403
    assert leftovers() == []
    token = client.get(UPLOAD).context["csrf_token"]
    assert send(client, save(weights()), csrfmiddlewaretoken=str(token)).status_code == 302


def test_a_download_is_asked_for_cancelled_and_resumed(as_root, root, act):
    data = {
        "repository": "owner/some-model.v1_0",
        "revision": "",
        "filename": "",
        "half": "on",
        "title": "",
        "slug": "",
    }
    assert as_root.post(FETCH, data).status_code == 302
    row = CheckpointDownload.objects.get()
    assert (row.slug, row.title, row.state, row.requested_by) == ("some-model-v1-0", "some-model.v1_0", "queued", root)
    CheckpointDownload.objects.update(bytes_done=500, bytes_total=2000, state="running")
    page = as_root.get(DOWNLOADS).content.decode()
    assert 'value="0.250" data-moving' in page
    assert "500\xa0bytes of 2.0\xa0KB" in page
    act(as_root, DOWNLOADS, "cancel", row)
    row.refresh_from_db()
    assert (row.state, row.cancel_requested) == ("running", True)
    CheckpointDownload.objects.update(state="failed", error="The Hub does not give owner/name.")
    assert "The Hub does not give" in as_root.get(DOWNLOADS).content.decode()
    act(as_root, DOWNLOADS, "resume", row)
    row.refresh_from_db()
    assert (row.state, row.error, row.cancel_requested) == ("queued", "", False)
    assert as_root.get(reverse("admin:generation_checkpointdownload_change", args=[row.pk])).status_code == 200
    as_root.post(reverse("admin:generation_checkpointdownload_delete", args=[row.pk]), {"post": "yes"})
    assert not CheckpointDownload.objects.exists()
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert actions == {"download.created", "download.cancelled", "download.resumed", "download.deleted"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"repository": "no id"}, "repository"), ({"slug": "starter"}, "slug"), ({"repository": ""}, "repository")],
)
def test_a_download_that_cannot_work_is_refused(as_root, checkpoint, fields, field):
    data = {"repository": "owner/name", "revision": "", "filename": "", "title": "", "slug": "", **fields}
    answer = as_root.post(FETCH, data)
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not CheckpointDownload.objects.exists()


@pytest.mark.parametrize("page", PAGES)
def test_only_those_who_may_add_checkpoints_get_there(as_root, as_moderator, as_alice, page):
    assert as_root.get(page).status_code == 200
    assert as_moderator.get(page).status_code == 403
    assert as_alice.get(page).status_code in (302, 403)
