"""The Redis client: one for all, and quick to say that Redis is away."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import RedisError

from generation.queue import tickets
from generation.redis_client import connection
from tests.support.site import free_port


@pytest.fixture
def own_client():
    """No client made before, and none left."""
    connection.cache_clear()
    yield
    connection.cache_clear()


def test_every_call_returns_the_same_client(own_client):
    assert connection() is connection()


@pytest.mark.parametrize("address", ["redis://127.0.0.1:{port}", "unix://{folder}/gone.sock"])
def test_a_command_fails_soon_where_nothing_answers(own_client, settings, tmp_path, monkeypatch, address):
    settings.REDIS_URL = address.format(port=free_port(), folder=tmp_path)
    waits = []
    monkeypatch.setattr("redis.retry.sleep", waits.append)
    with pytest.raises(RedisError):
        connection().ping()
    assert not any(waits)  # tried once more, at once


def test_a_server_that_hangs_is_given_up_soon(own_client, settings, tmp_path):
    """It accepts connections and never answers, as a stopped Valkey does."""
    settings.REDIS_URL = f"unix://{tmp_path}/hangs.sock"
    with socket.socket(socket.AF_UNIX) as server, ThreadPoolExecutor(1) as pool:
        server.bind(str(tmp_path / "hangs.sock"))
        server.listen(8)
        assert pool.submit(tickets.wake, "interactive").result(timeout=60) is False
