"""The signing key and the content security policy."""

import pytest

from sdsite import settings as module


@pytest.mark.parametrize("damaged", [b"", b"\xff\xfe\x00", None], ids=["empty", "garbage", "folder"])
def test_a_damaged_signing_key_is_set_aside_and_made_anew(tmp_path, monkeypatch, damaged):
    monkeypatch.setattr(module, "DATA_DIR", tmp_path)
    monkeypatch.setitem(module.ENV, "SDSITE_SECRET_KEY", "")
    path = tmp_path / "secret_key"
    if damaged is None:
        path.mkdir()
    else:
        path.write_bytes(damaged)
    key = module._secret_key()
    assert len(key) > 50
    assert module._secret_key() == key
    assert len(list(tmp_path.glob("secret_key.unreadable-*"))) == 1


def test_the_policy_forbids_what_is_inline(client, db):
    policy = client.get("/accounts/login/")["Content-Security-Policy"]
    assert "script-src 'self';" in f"{policy};"
    assert "style-src 'self';" in f"{policy};"
    assert "unsafe-inline" not in policy
