"""A wrong origin in the settings is refused at the start."""

import pytest
from django.core.checks import run_checks

from sdsite.core import accelerators
from sdsite.env import EnvFile

pytestmark = pytest.mark.django_db


PAGE = "https://app.example.org"


def test_invalid_origins_are_refused_at_the_start(settings):
    settings.CORS_ALLOWED_ORIGINS = [
        PAGE,
        "http://localhost:3000",
        "app.example.org",
        f"{PAGE}/",
        "https://*.example.org",
    ]
    [error] = [found for found in run_checks() if found.id == "sdsite.E002"]
    assert "app.example.org, https://app.example.org/, https://*.example.org" in error.msg


def test_unknown_settings_are_named_once(settings, monkeypatch):
    settings.ENV_FILE = EnvFile(None, ("SDSITE_SAFTEY",))
    [warning] = [found for found in run_checks() if found.id == "sdsite.W002"]
    assert "did you mean SDSITE_SAFETY?" in warning.msg
    monkeypatch.setenv("SDSITE_SUPERVISED", "1")
    assert [found for found in run_checks() if found.id == "sdsite.W002"] == []


@pytest.mark.parametrize(
    ("key", "user", "errors"), [("", "", 0), ("k" * 20, "alice", 0), ("k" * 20, "", 1), ("", "a", 1)]
)
def test_the_key_of_the_environment_needs_its_user(settings, key, user, errors):
    settings.ENV = {**settings.ENV, "SDSITE_API_KEY": key, "SDSITE_API_KEY_USER": user}
    assert len([found for found in run_checks() if found.id == "sdsite.E003"]) == errors


def test_a_card_that_the_installed_torch_leaves_idle_is_named(settings, monkeypatch):
    settings.ENV = {**settings.ENV, "SDSITE_DEVICE": "auto"}
    monkeypatch.setattr(accelerators, "read_machine", lambda: accelerators.Machine(nvidia=1))
    monkeypatch.setattr(accelerators, "torch_build", lambda: "cpu")
    [warning] = [found for found in run_checks() if found.id == "sdsite.W003"]
    assert "accelerator of NVIDIA" in warning.msg
    settings.ENV = {**settings.ENV, "SDSITE_DEVICE": "cpu"}
    assert not [found for found in run_checks() if found.id == "sdsite.W003"]
