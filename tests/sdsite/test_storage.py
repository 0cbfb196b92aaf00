"""A long data path gets a short socket path."""

from sdsite import storage
from tests.sdsite.conftest import Server


def test_a_long_path_gets_a_short_socket(tmp_path):
    server = Server(tmp_path / ("long" * 30))
    assert len(str(server.socket)) < storage.SOCKET_PATH_BYTES
    try:
        assert server.start()
    finally:
        server.end()
