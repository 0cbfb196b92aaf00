"""A running site for tests that read it or break it."""

import subprocess

import pytest
from redis import Redis

from sdsite import storage
from sdsite.server import valkey
from tests.support.up_process import Up


@pytest.fixture(scope="session")
def up(tmp_path_factory):
    """A ready site with one worker, shared by all tests that leave it running."""
    site = Up(tmp_path_factory.mktemp("up") / "data")
    try:
        yield site.wait_until_ready()
    finally:
        site.stop()


class Server:
    """A Valkey server in a data folder of its own."""

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
