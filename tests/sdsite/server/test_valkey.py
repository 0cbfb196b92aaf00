"""The embedded Valkey after all kinds of ends."""

import stat
import subprocess

import pytest
from redis import Redis

from sdsite import storage
from sdsite.server import valkey
from tests.support.site import wait_for


class Server:
    def __init__(self, data):
        self.data = data
        self.socket = storage.socket_path(data)
        self.url = f"unix://{self.socket}"
        self.process = None

    def start(self):
        """Start it; return whether it answers."""
        self.process = subprocess.Popen(
            valkey.command(self.data, self.socket), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return valkey.wait_until_answers(self.url, alive=lambda: self.process.poll() is None)

    def end(self, how="terminate"):
        """End it; return what it said."""
        getattr(self.process, how)()
        return self.process.communicate(timeout=10)[0].splitlines()

    def appended(self):
        return next(self.data.glob("valkey/appendonlydir/*.incr.aof"))

    def holds_nothing_back(self):
        """Tell whether all that was answered is in the file; on a slow disk it comes up to two seconds later."""
        with Redis.from_url(self.url) as redis:
            return redis.info("persistence")["aof_buffer_length"] == 0


@pytest.fixture
def server(tmp_path):
    one = Server(tmp_path / "data")
    yield one
    if one.process is not None and one.process.poll() is None:
        one.end("kill")


def keys(server):
    with Redis.from_url(server.url) as redis:
        return {key.decode() for key in redis.scan_iter()}


def write(server, count):
    with Redis.from_url(server.url) as redis:
        for number in range(count):
            redis.set(f"key{number}", "x" * 100)
    wait_for(server.holds_nothing_back)


@pytest.mark.parametrize("how", ["terminate", "kill"])
def test_what_was_written_is_there_after_a_restart(server, how):
    assert server.start()
    write(server, 20)
    server.end(how)
    assert server.start()  # after a kill the socket file of the dead one is still there
    assert len(keys(server)) == 20


def test_a_truncated_file_is_read_as_far_as_it_goes(server):
    assert server.start()
    write(server, 20)
    server.end("kill")
    with server.appended().open("r+b") as file:
        file.truncate(server.appended().stat().st_size - 10)
    assert server.start()
    assert len(keys(server)) == 19


def test_a_damaged_file_is_set_aside(server):
    assert server.start()
    write(server, 20)
    server.end()
    damaged = bytearray(server.appended().read_bytes())
    damaged[500:600] = b"z" * 100
    server.appended().write_bytes(damaged)
    assert not server.start()
    assert valkey.set_aside_unreadable(server.data, server.end("kill"))
    assert server.start()
    assert keys(server) == set()
    assert len(list(server.data.glob("valkey/appendonlydir.unreadable-*"))) == 1


def test_other_last_words_set_nothing_aside(server):
    assert server.start()
    assert not valkey.set_aside_unreadable(server.data, server.end())


def test_nobody_else_can_enter(server):
    server.data.mkdir(mode=0o755)
    assert server.start()
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.socket.stat().st_mode) & 0o077 == 0


def test_a_long_path_gets_a_short_socket(tmp_path):
    server = Server(tmp_path / ("long" * 30))
    assert len(str(server.socket)) < storage.SOCKET_PATH_BYTES
    try:
        assert server.start()
    finally:
        server.end()
