"""`manage.py sweep_media` deletes old files without a row, and nothing else."""

import pytest
from django.core.files.storage import default_storage

from gallery.actions import cleanup
from tests.gallery.conftest import store

pytestmark = pytest.mark.usefixtures("own_media")


def test_the_sweep_deletes_old_files_without_a_row_and_nothing_else(alice, capsys):
    from datetime import timedelta

    from django.core.files.base import ContentFile
    from django.core.management import call_command

    kept = store(alice)
    orphan = default_storage.save("images/ab/some-job/0-12345678.png", ContentFile(b"left behind"))
    call_command("sweep_media")
    assert "0 files" in capsys.readouterr().out
    assert cleanup.sweep(grace=timedelta(seconds=-60)) == 1
    assert not default_storage.exists(orphan)
    assert default_storage.exists(kept.file)
    assert default_storage.exists(kept.thumbnail)
