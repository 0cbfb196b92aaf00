"""`manage.py tend_checkpoints` resumes the download of a killed process."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
from django.conf import settings

from generation.checkpoints import downloads
from generation.models import Checkpoint, CheckpointDownload
from generation.weights.checkpoint_inspection import checksum
from generation.weights.sources import CheckpointSource
from tests.support.factories import STARTER
from tests.support.hub import Hub
from tests.support.site import ROOT, LiveSite, wait_for

WHOLE = CheckpointSource("starter", "folder", str(STARTER))


@pytest.fixture(autouse=True)
def no_leftovers():
    yield
    shutil.rmtree(settings.MODELS_DIR, ignore_errors=True)


def request(actor, **fields):
    values = {"repository": "owner/name", "slug": "tulip", "title": "Tulip", **fields}
    return downloads.request_download(actor=actor, download=CheckpointDownload(**values))


@pytest.mark.django_db(transaction=True)
def test_a_download_of_a_killed_process_is_resumed(repository, alice):
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
