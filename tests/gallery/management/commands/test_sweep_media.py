"""`manage.py sweep_media` and `manage.py adopt_media`."""

import os

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from tests.gallery.conftest import store

pytestmark = pytest.mark.usefixtures("own_media")


def leave_old(tmp_path, count):
    for number in range(count):
        name = default_storage.save(f"images/ab/some-job/{number}-1234.png", ContentFile(b"left behind"))
        os.utime(tmp_path / name, (0, 0))


def test_old_files_without_a_row_are_moved_aside_many_only_with_yes(alice, capsys, tmp_path):
    kept = store(alice)
    call_command("sweep_media")
    assert "0 files" in capsys.readouterr().out
    leave_old(tmp_path, 50)
    call_command("sweep_media")
    assert "50 of 54 media files" in capsys.readouterr().err
    call_command("sweep_media", "--yes")
    assert "50 files moved" in capsys.readouterr().out
    assert default_storage.exists(kept.file)
    assert default_storage.exists(kept.thumbnail)
