"""`manage.py export` writes a whole zip file, or none."""

import zipfile

import pytest
from django.core.management import CommandError, call_command

from tests.support.factories import make_image

pytestmark = pytest.mark.usefixtures("own_media")


def test_the_file_has_all_of_the_user(alice, tmp_path, capsys):
    make_image(alice)
    file = tmp_path / "alice.zip"
    call_command("export", file, user="alice")
    assert f"{file}: " in capsys.readouterr().out
    names = zipfile.ZipFile(file).namelist()
    assert {"account.json", "jobs.jsonl"} < set(names)
    assert len([name for name in names if name.endswith(".png")]) == 1
    assert file.stat().st_mode & 0o077 == 0


def test_what_cannot_be_done_is_a_sentence_and_leaves_nothing(alice, tmp_path):
    with pytest.raises(CommandError, match="no user named 'nobody'"):
        call_command("export", tmp_path / "a.zip", user="nobody")
    (tmp_path / "b.zip").write_text("mine")
    with pytest.raises(CommandError, match="exists"):
        call_command("export", tmp_path / "b.zip", user="alice")
    with pytest.raises(CommandError, match="could not be written"):
        call_command("export", tmp_path / "nowhere" / "c.zip", user="alice")
    assert [path.name for path in tmp_path.glob("*.zip*")] == ["b.zip"]
