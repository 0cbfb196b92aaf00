"""Processes beside the site: started when there is something to do, ended with the site."""

import pytest
from django.conf import settings

from generation.models import Checkpoint
from sdsite.server import on_demand
from tests.support.factories import make_checkpoint
from tests.support.site import LiveSite, wait_for


@pytest.mark.django_db(transaction=True)
def test_a_missing_checksum_starts_a_process_that_computes_it_and_ends(monkeypatch):
    for name, value in LiveSite(settings.DATA_DIR).environment().items():
        monkeypatch.setenv(name, value)
    process = on_demand.checkpoints()
    process.start_if_due()
    assert process._process is None
    make_checkpoint()
    process.start_if_due()
    try:
        first = process._process
        process.start_if_due()
        assert process._process is first
        assert first.wait(timeout=60) == 0
        assert len(Checkpoint.objects.get().sha256) == 64
        process.start_if_due()
        assert process._process is first
        make_checkpoint("another")
        process.start_if_due()
        second = process._process
        assert second is not first
    finally:
        process.stop()
    assert second.returncode is not None
    wait_for(lambda: second.poll() is not None, what="the end of the process")
