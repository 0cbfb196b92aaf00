"""Checksums of checkpoints are computed in the background."""

import shutil

import pytest
from django.conf import settings

from generation.checkpoints import maintenance
from generation.weights.checkpoint_inspection import checksum
from generation.weights.sources import CheckpointSource
from tests.support.factories import STARTER, make_checkpoint

WHOLE = CheckpointSource("starter", "folder", str(STARTER))


@pytest.fixture(autouse=True)
def no_leftovers():
    yield
    shutil.rmtree(settings.MODELS_DIR, ignore_errors=True)


def tend(**more):
    assert maintenance.run_pending(should_stop=lambda: False, **more)


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


def test_a_look_is_due_once_in_ten_minutes():
    now = [100.0]
    timer = maintenance.LookTimer(lambda: now[0])
    assert not timer.is_due()
    now[0] += maintenance.LOOK_SECONDS
    assert [timer.is_due(), timer.is_due()] == [True, False]
