"""Checkpoints from the Hub: what is fetched, how it ends, and that a killed process loses nothing."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
from django.conf import settings

from generation.checkpoints import downloads, maintenance
from generation.checkpoints.actions import LocationRefused
from generation.checkpoints.sources import note_checksum
from generation.models import Checkpoint, CheckpointDownload
from generation.weights import hub_download as machine
from generation.weights.checkpoint_inspection import checksum
from generation.weights.sources import CheckpointSource
from sdsite.accounts.models import AuditEvent
from tests.support.factories import STARTER, make_checkpoint
from tests.support.hub import COMMIT, Hub
from tests.support.site import ROOT, LiveSite, wait_for

WHOLE = CheckpointSource("starter", "folder", str(STARTER))


@pytest.fixture(autouse=True)
def no_leftovers():
    yield
    shutil.rmtree(settings.MODELS_DIR, ignore_errors=True)


@pytest.fixture
def repository(tmp_path):
    """A copy of the starter checkpoint with what a repository has beside: pickles, previews, a safety checker."""
    folder = shutil.copytree(STARTER, tmp_path / "repository")
    (folder / "README.md").write_text("A card.")
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"\x80\x04" + bytes(1000))
    (folder / "safety_checker").mkdir()
    (folder / "safety_checker" / "model.safetensors").write_bytes(bytes(1000))
    return folder


@pytest.fixture
def hub(repository, monkeypatch):
    served = Hub(repository)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with served.serving() as endpoint:
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        served.endpoint = endpoint
        yield served


def request(actor, **fields):
    values = {"repository": "owner/name", "slug": "tulip", "title": "Tulip", **fields}
    return downloads.request_download(actor=actor, download=CheckpointDownload(**values))


def tend(**more):
    assert maintenance.run_pending(ending=lambda: False, **more)


def test_a_checkpoint_is_fetched_checked_and_offered(hub, alice, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    row = request(alice)
    tend()
    row.refresh_from_db()
    assert (row.state, row.error, row.commit) == ("done", "", COMMIT)
    assert row.bytes_done == row.bytes_total > 0
    made = Checkpoint.objects.get(slug="tulip")
    assert row.checkpoint == made
    assert (made.family, made.width, made.found_prediction, made.found_dtype) == ("sd", 128, "v_prediction", "F16")
    assert made.sha256 == checksum(WHOLE)
    folder = settings.MODELS_DIR / "tulip"
    assert made.location == str(folder)
    assert not list(settings.MODELS_DIR.glob(".downloads/tulip*"))
    assert not [path for path in folder.rglob("*") if path.suffix in (".bin", ".part", ".md")]
    assert not (folder / "safety_checker").exists()
    assert not [path for path in hub.asked if path.endswith((".bin", ".md"))]
    assert hub.tokens == {"Bearer hf_secret"}
    assert "hf_secret" not in str(CheckpointDownload.objects.values().get())
    assert AuditEvent.objects.filter(action="download.created", actor=alice).exists()


def test_a_repository_with_pickles_only_is_refused_before_anything_large(hub, repository, alice):
    for weights in (repository / "unet").glob("*.safetensors*"):
        weights.unlink()
    row = request(alice)
    tend()
    row.refresh_from_db()
    assert row.state == "failed"
    assert "only as a pickle" in row.error
    assert not Checkpoint.objects.exists()
    assert not [path for path in hub.asked if path.endswith(".safetensors")]


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


def test_nobody_there_is_one_sentence_and_can_be_resumed(hub, alice):
    row = request(alice, repository="owner/other")
    tend()
    row.refresh_from_db()
    assert row.state == "failed"
    assert row.error.startswith("The Hub does not give owner/other")
    assert row.error.endswith("Check the name, the network and HF_TOKEN.")
    assert not downloads.cancel_download(download=row, actor=alice)


def test_calling_off_stops_at_the_next_piece_and_keeps_what_came(hub, alice, monkeypatch):
    monkeypatch.setattr(downloads, "REPORT_SECONDS", 0.0)
    row = request(alice)
    real = downloads._Telling.now

    def now(self, done):
        if done > 2_000_000:
            downloads.cancel_download(download=row, actor=alice)
        real(self, done)

    monkeypatch.setattr(downloads._Telling, "now", now)
    tend()
    row.refresh_from_db()
    assert row.state == "cancelled"
    assert 0 < row.bytes_done < row.bytes_total
    assert not Checkpoint.objects.exists()
    monkeypatch.setattr(downloads._Telling, "now", real)
    assert downloads.resume_download(download=row, actor=alice)
    tend()
    assert Checkpoint.objects.get().sha256 == checksum(WHOLE)


def test_one_that_waits_is_called_off_at_once(alice):
    row = request(alice)
    assert downloads.cancel_download(download=row, actor=alice)
    row.refresh_from_db()
    assert row.state == "cancelled"
    assert downloads.take_next() is None


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"repository": "no id"}, "looks like owner/name"),
        ({"slug": "starter"}, "already"),
        ({"slug": "there"}, "exists already"),
        ({"slug": "waiting"}, "being fetched already"),
    ],
)
def test_what_cannot_work_is_refused_at_once(alice, fields, says):
    make_checkpoint()
    (settings.MODELS_DIR / "there").mkdir(parents=True)
    request(alice, slug="waiting")
    with pytest.raises(LocationRefused, match=says):
        request(alice, **fields)


def test_processes_that_die_over_it_end_it(alice):
    row = request(alice)
    for attempt in range(1, downloads.MOST_ATTEMPTS + 1):
        assert downloads.take_next().attempt == attempt
    assert downloads.take_next() is None
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "The process that fetched it died 5 times.")


def test_a_full_disk_is_seen_before(hub, alice, monkeypatch):
    monkeypatch.setattr(machine, "SPARE_BYTES", 2**60)
    row = request(alice)
    tend()
    row.refresh_from_db()
    assert "too full" in row.error


def test_checksums_are_worked_out_in_the_background(alice, tmp_path):
    known, gone = make_checkpoint("known"), make_checkpoint("gone", location=str(tmp_path / "gone"))
    tried = set()
    assert maintenance.is_due(tried)
    tend()
    known.refresh_from_db()
    gone.refresh_from_db()
    assert known.sha256 == checksum(WHOLE)
    assert gone.sha256 == ""
    assert not maintenance.is_due(tried)


def test_a_checksum_is_left_for_later_when_the_process_is_to_end(checkpoint):
    asked = iter([False, True])  # not before the checkpoint's turn, but while its bytes are read
    assert maintenance.run_pending(ending=lambda: next(asked, True))
    checkpoint.refresh_from_db()
    assert checkpoint.sha256 == ""


def test_a_checksum_is_not_written_to_a_row_that_names_other_weights_by_now(checkpoint, tmp_path):
    def move_meanwhile():
        Checkpoint.objects.filter(pk=checkpoint.pk).update(location=str(tmp_path))

    note_checksum(checkpoint, alive=move_meanwhile)
    checkpoint.refresh_from_db()
    assert (checkpoint.location, checkpoint.sha256) == (str(tmp_path), "")


def test_halves_are_fetched_where_every_part_has_them():
    files = [
        machine.RemoteFile(path, 10)
        for path in (
            "model_index.json",
            "unet/config.json",
            "unet/diffusion_pytorch_model.safetensors",
            "unet/diffusion_pytorch_model.fp16.safetensors",
            "unet/diffusion_pytorch_model.non_ema.safetensors",
            "vae/diffusion_pytorch_model.safetensors",
            "vae/diffusion_pytorch_model.fp16.safetensors",
            "text_encoder/model-00001-of-00002.safetensors",
            "text_encoder/model-00002-of-00002.safetensors",
            "text_encoder/model.safetensors.index.json",
            "text_encoder/model.fp16-00001-of-00001.safetensors",
            "text_encoder/model.safetensors.index.fp16.json",
            "tokenizer/merges.txt",
            "tokenizer/spiece.model",
            "tokenizer/run.py",
            "flax/weights.msgpack",
        )
    ]
    index = {"_class_name": "StableDiffusionPipeline", **{part: ["a", "B"] for part in ("unet", "vae", "text_encoder")}}
    index |= {"tokenizer": ["a", "B"], "safety_checker": ["a", "B"], "feature_extractor": [None, None]}

    def chosen(own, half):
        return {file.path for file in machine.choose_files(own, index, repository="owner/name", half=half)}

    common = {"model_index.json", "unet/config.json", "tokenizer/merges.txt", "tokenizer/spiece.model"}
    assert chosen(files, True) == common | {
        "unet/diffusion_pytorch_model.fp16.safetensors",
        "vae/diffusion_pytorch_model.fp16.safetensors",
        "text_encoder/model.fp16-00001-of-00001.safetensors",
        "text_encoder/model.safetensors.index.fp16.json",
    }
    whole = common | {
        "unet/diffusion_pytorch_model.safetensors",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder/model-00001-of-00002.safetensors",
        "text_encoder/model-00002-of-00002.safetensors",
        "text_encoder/model.safetensors.index.json",
    }
    assert chosen(files, False) == whole
    assert chosen([file for file in files if "vae/" not in file.path or "fp16" not in file.path], True) == whole


@pytest.mark.django_db(transaction=True)
def test_a_killed_process_goes_on_where_it_stopped(repository, alice):
    """A real process, killed outright in the middle of a file; the next one asks only for the rest."""
    served = Hub(repository, pause=0.01)
    row = request(alice)
    part = settings.MODELS_DIR / ".downloads" / "tulip" / "unet"

    def start():
        environment = {**LiveSite(settings.DATA_DIR).environment(), "HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0"}
        command = [sys.executable, "manage.py", "tend_checkpoints"]
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, start_new_session=True)

    with served.serving() as endpoint:
        first = start()
        wait_for(lambda: any(path.stat().st_size > 2_000_000 for path in part.glob("*.part")), what="half a file")
        first.send_signal(signal.SIGKILL)
        first.wait()
        row.refresh_from_db()
        assert row.state == "running"
        served.pause = 0
        assert start().wait(timeout=60) == 0
    row.refresh_from_db()
    assert (row.state, row.error, row.attempt) == ("done", "", 2)
    [(name, offset)] = served.ranges
    assert name.startswith("unet/")
    assert offset >= 2_000_000
    assert Checkpoint.objects.get().sha256 == checksum(WHOLE)
