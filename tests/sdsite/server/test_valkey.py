"""The embedded Valkey after ends of all kinds."""

import stat

import pytest
from redis import Redis

from sdsite.server import valkey
from tests.support.site import wait_for


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


@pytest.mark.parametrize("suffix", [".manifest", ".rdb", ".aof"])
def test_garbage_in_any_of_its_files_is_set_aside(server, suffix):
    assert server.start()
    write(server, 20)
    server.end()
    [damaged] = server.data.glob(f"valkey/{valkey.AOF}/*{suffix}")
    damaged.write_bytes(b"\xffgarbage" * 400)
    assert not server.start()
    assert valkey.set_aside_unreadable(server.data, server.end("kill"))
    assert server.start()


@pytest.mark.parametrize("name", ["valkey", f"valkey/{valkey.AOF}"])
def test_a_file_in_place_of_its_folder_is_set_aside(server, name):
    (server.data / name).parent.mkdir(parents=True, exist_ok=True)
    (server.data / name).write_text("x")
    assert server.start()
    assert len(list(server.data.glob(f"{name}.unreadable-*"))) == 1


def test_other_last_lines_set_nothing_aside(server):
    assert server.start()
    assert not valkey.set_aside_unreadable(server.data, server.end())


def test_other_users_cannot_enter(server):
    server.data.mkdir(mode=0o755)
    assert server.start()
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.socket.stat().st_mode) & 0o077 == 0
