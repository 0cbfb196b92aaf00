"""Settings that are only used later are refused at the start."""

import pytest
from environs import Env

from sdsite import env

WRONG = {
    "SDSITE_ALLOWED_HOSTS": ["https://example.org", "example.org/sd", "a b"],
    "SDSITE_TRUSTED_PROXIES": ["proxy.lan", "10.0.0.0/99", "10.0.0.1:80"],
    "SDSITE_PUBLIC_URL": [
        "example.org",
        "ftp://example.org",
        "https://example.org/",
        "https://.example.org",
        "https://a b",
    ],
    "SDSITE_ROOT_PATH": ["https://example.org/sd", "/s d", "//sd", '/"sd'],
    "SDSITE_API_KEY": ["short", "k" * 201, "a key with spaces in it"],
    "SDSITE_DEVICE": ["gpu", "cuda:", "cuda:0;cuda:1", "cuda:-1"],
    "SDSITE_BATCH_IMAGES": ["-1"],
    "SDSITE_MODEL_MEMORY_GB": ["-0.5", "nan"],
    "SDSITE_DEVICE_WORKERS": ["-1", "65"],
    "SDSITE_HOST_WORKERS": ["-1", "two"],
    "SDSITE_CHECKPOINT_GB": ["0", "inf"],
    "SDSITE_MODEL_FOLDERS": ["models", "/srv/models:other", "/", "//", "~", "/srv/a\tb"],
    "SDSITE_UPSCALE_TILE": ["8", "-1"],
    "SDSITE_PICTURE_MB": ["0"],
    "SDSITE_UPLOADS_MB": ["-1"],
    "SDSITE_TRASH_DAYS": ["-1", "99999999999"],
    "SDSITE_DELETION_DAYS": ["-1", "366"],
    "SDSITE_AUDIT_DAYS": ["89"],
    "SDSITE_SIGNUP": ["maybe", "invited"],
    "SDSITE_UPLOADS_DAYS": ["0", "99999999999"],
    "SDSITE_FREE_MB": ["-1"],
    "SDSITE_SESSION_IDLE_DAYS": ["0", "99999999"],
    "SDSITE_SESSION_DAYS": ["-1", "99999999"],
    "SDSITE_WEB_SECONDS": ["-1", "nan"],
    "SDSITE_SOCKETS": ["0"],
    "SDSITE_FETCH_ALLOW": ["http://pictures.lan", "pictures.lan:80"],
    "SDSITE_SAFETY_THRESHOLD": ["1.5", "-1"],
}
RIGHT = {
    "SDSITE_ALLOWED_HOSTS": ["*", ".example.org,example.org:8443,[::1],10.0.0.7,my_host"],
    "SDSITE_TRUSTED_PROXIES": ["127.0.0.1, ::1 ,10.1.0.0/16,fd00::/8,unix"],
    "SDSITE_PUBLIC_URL": ["https://example.org", "http://10.0.0.7:8000", "https://[::1]:8443"],
    "SDSITE_ROOT_PATH": ["/sd", "sd/", "/apps/sd-1"],
    "SDSITE_API_KEY": ["k" * 20],
    "SDSITE_MODEL_FOLDERS": ["/srv/ComfyUI/models", "/srv/a b:~/models/:", ":"],
    "SDSITE_DEVICE": ["auto", "cuda", "cuda:0, cuda:1", "mps", "cpu"],
    "SDSITE_UPSCALE_TILE": ["0", "32"],
    "SDSITE_FETCH_ALLOW": ["pictures.lan,10.1.0.0/16,fd00::/8,[::1]"],
    "SDSITE_SAFETY_THRESHOLD": ["0", "1"],
}


def cases(table):
    return [(name, value) for name, values in table.items() for value in values]


@pytest.mark.parametrize(("name", "value"), cases(WRONG))
def test_a_value_that_makes_no_sense_is_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(env.EnvValidationError, match=name):
        env.read(Env(eager=False))


@pytest.mark.parametrize(("name", "value"), cases(RIGHT))
def test_a_value_that_makes_sense_is_taken(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    env.read(Env(eager=False))


def test_a_wrong_key_is_not_repeated(monkeypatch):
    monkeypatch.setenv("SDSITE_API_KEY", "my own secret key of choice")
    with pytest.raises(env.EnvValidationError) as refused:
        env.read(Env(eager=False))
    assert "secret" not in str(refused.value)


def test_every_number_has_a_range():
    numbers = {variable.name for variable in env.VARIABLES if variable.kind in ("int", "float")}
    assert numbers <= set(WRONG)
