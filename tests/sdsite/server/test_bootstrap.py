"""What a site needs before its first request."""

import fcntl
import os
import shutil
import socket

import pytest
from django.test import Client

from sdsite.accounts.models import AuditEvent, User
from sdsite.server import bootstrap
from tests.support.factories import make_user
from tests.support.up_process import manage


def test_the_first_administrator_gets_a_password_once(db):
    password = bootstrap.first_administrator()
    admin = User.objects.get(username="admin")
    assert admin.is_superuser
    assert admin.check_password(password)
    assert Client().login(username="admin", password=password)
    assert bootstrap.first_administrator() is None
    assert User.objects.get(username="admin").password == admin.password
    assert AuditEvent.objects.filter(action="user.first_administrator").count() == 1


def test_an_administrator_of_another_name_is_enough(db):
    make_user("root", is_superuser=True, is_staff=True)
    assert bootstrap.first_administrator() is None
    assert not User.objects.filter(username="admin").exists()


def test_a_given_password_is_not_handed_out(db, settings):
    settings.ENV = {**settings.ENV, "SDSITE_ADMIN_PASSWORD": "correct horse battery staple"}
    assert bootstrap.first_administrator() is None
    assert User.objects.get(username="admin").check_password("correct horse battery staple")


def test_a_nearly_full_disk_is_refused(tmp_path, monkeypatch):
    bootstrap.check_space(tmp_path)
    monkeypatch.setattr(bootstrap, "FREE_BYTES_NEEDED", 2**60)
    with pytest.raises(bootstrap.CannotStart, match="MB are free"):
        bootstrap.check_space(tmp_path)


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_impossible_ports_are_refused(port):
    with pytest.raises(bootstrap.CannotStart, match="1 to 65535"):
        bootstrap.check_port("127.0.0.1", port)


def test_an_address_of_another_host_is_refused():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(bootstrap.CannotStart, match=r"Cannot listen on 192\.0\.2\.1"):
        bootstrap.check_port("192.0.2.1", port)


def test_the_lock_is_free_again_after_closing(tmp_path):
    with bootstrap.lock(tmp_path), pytest.raises(bootstrap.CannotStart, match="runs on"):
        bootstrap.lock(tmp_path)
    bootstrap.lock(tmp_path).close()


def test_a_data_folder_that_was_there_is_made_private(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    (folder / "media").mkdir(mode=0o755)
    (folder / "sdsite.sqlite3").touch(mode=0o644)
    (folder / "link").symlink_to(tmp_path)
    tmp_path.chmod(0o755)
    bootstrap.make_private(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "media").stat().st_mode & 0o777 == 0o700
    assert (folder / "sdsite.sqlite3").stat().st_mode & 0o777 == 0o600
    assert tmp_path.stat().st_mode & 0o777 == 0o755  # what a link leads to is not the site's
    bootstrap.make_private(tmp_path / "new" / "data")
    assert (tmp_path / "new" / "data").stat().st_mode & 0o777 == 0o700


# One process for all of it; each start would cost two seconds.
BESIDE_OLD_MEDIA = """
import sys
from django.core.management import call_command
for words in ["prepare"], ["prepare"], ["sweep_media", "--yes"], ["adopt_media"], ["prepare"]:
    call_command(*words)
    print("-- done", file=sys.stderr)
"""


def test_a_new_database_beside_old_media_is_said(tmp_path):
    data = tmp_path / "data"
    image = data / "media" / "images" / "ab" / "1.png"
    image.parent.mkdir(parents=True)
    image.write_text("from before")
    ran = manage(data, "shell", "-v0", "-c", BESIDE_OLD_MEDIA)
    assert ran.returncode == 0, ran.stderr
    first, second, swept, _, third, _ = ran.stderr.split("-- done\n")
    assert "migrations applied" in first
    assert "A NEW DATABASE" in first
    assert "A NEW DATABASE" not in second
    assert "adopt_media" in second
    assert "Nothing was moved" in swept
    assert image.exists()
    assert (data / "sdsite.sqlite3").stat().st_mode & 0o777 == 0o600
    assert "Media" not in third


def test_a_folder_in_place_of_the_lock_is_set_aside(tmp_path):
    (tmp_path / "up.lock").mkdir()
    bootstrap.lock(tmp_path).close()
    assert (tmp_path / "up.lock").is_file()


def test_static_files_that_are_damaged_or_missing_are_collected_again(tmp_path, settings):
    few = tmp_path / "few"  # every start of a new site collects all of them
    for name in ("favicon.svg", "css/tokens.css", "js/lib/root.js"):
        (few / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(settings.BASE_DIR / "static" / name, few / name)
    settings.STATIC_ROOT = root = tmp_path / "static"
    settings.STATICFILES_DIRS = [few]
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "sdsite.storage.StaticStorage"}}
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    root.write_text("no folder")
    assert bootstrap.collect_static()
    assert not bootstrap.collect_static()
    (root / bootstrap.MANIFEST).write_bytes(b"\xff")
    assert bootstrap.collect_static()
    (root / ".collected").write_bytes(b"\xff")
    assert bootstrap.collect_static()
    next(root.glob("favicon.*.svg")).unlink()
    assert bootstrap.collect_static()
    assert list(root.glob("favicon.*.svg"))


def test_one_site_at_a_time_collects_into_a_folder(tmp_path, settings, monkeypatch):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = []
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    others = []

    def collect(*_, **__):
        other = os.open(tmp_path, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        others.append(other)
        settings.STATIC_ROOT.mkdir()

    monkeypatch.setattr(bootstrap, "call_command", collect)
    assert bootstrap.collect_static()
    fcntl.flock(others[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(others[0])
