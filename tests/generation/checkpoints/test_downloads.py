"""Downloads of checkpoints from the Hub: files, progress, cancelling, errors."""

import shutil

import pytest
from django.conf import settings

from generation.checkpoints import downloads, maintenance
from generation.checkpoints.actions import LocationRefused
from generation.checkpoints.sources import note_checksum
from generation.models import Checkpoint, CheckpointDownload
from generation.weights.checkpoint_inspection import checksum
from generation.weights.sources import CheckpointSource
from sdsite.accounts.models import AuditEvent
from tests.support.factories import STARTER, make_checkpoint
from tests.support.hub import COMMIT

WHOLE = CheckpointSource("starter", "folder", str(STARTER))


@pytest.fixture(autouse=True)
def no_leftovers():
    yield
    shutil.rmtree(settings.MODELS_DIR, ignore_errors=True)


def request(actor, **fields):
    values = {"repository": "owner/name", "slug": "tulip", "title": "Tulip", **fields}
    return downloads.request_download(actor=actor, download=CheckpointDownload(**values))


def tend(**more):
    assert maintenance.run_pending(should_stop=lambda: False, **more)


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


def test_an_unreachable_hub_is_one_message_and_the_download_can_be_resumed(hub, alice):
    row = request(alice, repository="owner/other")
    tend()
    row.refresh_from_db()
    assert row.state == "failed"
    assert row.error.startswith("The Hub does not give owner/other")
    assert row.error.endswith("Check the name, the network and HF_TOKEN.")
    assert not downloads.cancel_download(download=row, actor=alice)


def test_cancelling_stops_at_the_next_chunk_and_keeps_the_files(hub, alice, monkeypatch):
    monkeypatch.setattr(downloads, "REPORT_SECONDS", 0.0)
    row = request(alice)
    real = downloads._Progress.report

    def report(self, done):
        if done > 2_000_000:
            downloads.cancel_download(download=row, actor=alice)
        real(self, done)

    monkeypatch.setattr(downloads._Progress, "report", report)
    tend()
    row.refresh_from_db()
    assert row.state == "cancelled"
    assert 0 < row.bytes_done < row.bytes_total
    assert not Checkpoint.objects.exists()
    monkeypatch.setattr(downloads._Progress, "report", real)
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
        ({"slug": "waiting"}, "being downloaded already"),
    ],
)
def test_requests_that_cannot_succeed_are_refused_at_once(alice, fields, says):
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
    assert (row.state, row.error) == ("failed", "The downloading process died 5 times.")


def test_a_checksum_is_left_for_later_when_the_process_is_to_end(checkpoint):
    asked = iter([False, True])  # not before the checkpoint's turn, but while its bytes are read
    assert maintenance.run_pending(should_stop=lambda: next(asked, True))
    checkpoint.refresh_from_db()
    assert checkpoint.sha256 == ""


def test_a_checksum_is_not_written_to_a_row_that_names_other_weights_by_now(checkpoint, tmp_path):
    def move_meanwhile():
        Checkpoint.objects.filter(pk=checkpoint.pk).update(location=str(tmp_path))

    note_checksum(checkpoint, alive=move_meanwhile)
    checkpoint.refresh_from_db()
    assert (checkpoint.location, checkpoint.sha256) == (str(tmp_path), "")
