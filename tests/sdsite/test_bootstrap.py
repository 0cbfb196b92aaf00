"""What a site needs before its first request."""

import socket
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from generation.models import Checkpoint
from generation.parameters.resolving import resolve
from generation.parameters.schema import GenerationParameters
from sdsite import bootstrap
from sdsite.accounts.models import AuditEvent, User
from tests.factories import make_user


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


def test_the_starter_checkpoint_can_be_used_at_once(db):
    assert bootstrap.starter_checkpoint()
    row = Checkpoint.objects.default()
    assert (row.slug, row.is_default, row.sizes) == ("starter", True, [[128, 128]])
    assert Path(row.location, "model_index.json").is_file()
    assert {"fox", "red heart"} <= {word for entry in row.vocabulary for word in entry["words"]}
    try:
        row.full_clean()
    except ValidationError as error:
        pytest.fail(str(error))
    assert resolve(GenerationParameters(prompt="a red heart"), row.defaults()).width == 128
    # What programs ask for that know nothing of this checkpoint.
    larger = resolve(GenerationParameters(prompt="a red heart", width=1024, height=512), row.defaults())
    assert (larger.width, larger.height) == (128, 128)


def test_an_administrators_edits_stay(db):
    bootstrap.starter_checkpoint()
    Checkpoint.objects.update(title="Ours", steps=30, enabled=False, is_default=False)
    assert not bootstrap.starter_checkpoint()
    row = Checkpoint.objects.get()
    assert (row.title, row.steps, row.enabled, row.is_default) == ("Ours", 30, False, False)


def test_a_site_that_was_moved_finds_its_starter_again(db):
    bootstrap.starter_checkpoint()
    Checkpoint.objects.update(location="/gone/generation/starter/model", title="Ours")
    bootstrap.starter_checkpoint()
    row = Checkpoint.objects.get()
    assert Path(row.location).is_dir()
    assert row.title == "Ours"


def test_a_nearly_full_disk_is_refused(tmp_path, monkeypatch):
    bootstrap.check_space(tmp_path)
    monkeypatch.setattr(bootstrap, "FREE_BYTES_NEEDED", 2**60)
    with pytest.raises(bootstrap.CannotStart, match="MB are free"):
        bootstrap.check_space(tmp_path)


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_impossible_ports_are_refused(port):
    with pytest.raises(bootstrap.CannotStart, match="1 to 65535"):
        bootstrap.check_port("127.0.0.1", port)


def test_a_host_of_another_machine_is_refused():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(bootstrap.CannotStart, match=r"Cannot listen on 192\.0\.2\.1"):
        bootstrap.check_port("192.0.2.1", port)


def test_the_lock_is_free_again_after_closing(tmp_path):
    with bootstrap.lock(tmp_path), pytest.raises(bootstrap.CannotStart, match="runs on"):
        bootstrap.lock(tmp_path)
    bootstrap.lock(tmp_path).close()
