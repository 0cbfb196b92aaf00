"""The signing key of a data folder."""

import pytest

from sdsite import secret_key


@pytest.mark.parametrize("damaged", [b"", b"\xff\xfe\x00", None], ids=["empty", "garbage", "folder"])
def test_a_damaged_signing_key_is_set_aside_and_made_anew(tmp_path, damaged):
    path = tmp_path / "secret_key"
    if damaged is None:
        path.mkdir()
    else:
        path.write_bytes(damaged)
    key = secret_key.of_folder(tmp_path)
    assert len(key) > 50
    assert secret_key.of_folder(tmp_path) == key
    assert len(list(tmp_path.glob("secret_key.unreadable-*"))) == 1
