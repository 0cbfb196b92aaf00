"""`manage.py import_images FOLDER`."""

import io

import pytest
from django.core.management import CommandError, call_command

from gallery.models import CollectionItem, Image
from tests.support.foreign_files import TEXTS, foreign_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    for program in TEXTS:
        (tmp_path / program).mkdir()
        (tmp_path / program / "1.PNG").write_bytes(foreign_file(program))
    (tmp_path / "copy.png").write_bytes(foreign_file("A1111"))
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "link.png").symlink_to(tmp_path / "copy.png")
    return tmp_path


def run(folder, **options):
    out, err = io.StringIO(), io.StringIO()
    call_command("import_images", str(folder), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_a_folder_is_imported_once_with_its_folders(folder, alice, charlie):
    said, errors = run(folder, user="alice", collection="Old ones")
    assert "4 imported (1 from A1111, 1 from ComfyUI, 1 from InvokeAI, 1 from SwarmUI)." in said
    assert "1 were there already, 1 refused." in said
    assert "broken.png" in errors
    assert Image.objects.owned_by(alice).count() == CollectionItem.objects.count() == 4
    Image.objects.first().delete()  # as if it had been stopped before the last
    said, _ = run(folder, user="alice")
    assert said.startswith("1 imported")
    assert "4 were there already" in said


def test_a_dry_run_only_says(folder, root):
    said, _ = run(folder, dry_run=True)
    assert "5 would be imported" in said
    assert not Image.objects.exists()


def test_who_and_where_must_exist(folder, tmp_path):
    with pytest.raises(CommandError, match="no user nobody"):
        run(folder, user="nobody")
    with pytest.raises(CommandError, match="no administrator"):
        run(folder)
    with pytest.raises(CommandError, match="is no folder"):
        run(tmp_path / "missing")
