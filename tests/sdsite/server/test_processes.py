"""The table of parts."""

import pytest

from sdsite.server.processes import Maintenance, address, queue_parts, web_part, worker_part


def test_each_worker_gets_its_own_accelerator(settings):
    settings.ENV = {**settings.ENV, "SDSITE_DEVICE": "cuda:0, cuda:1"}
    devices = [worker_part(number, Maintenance()).environ["SDSITE_DEVICE"] for number in (1, 2, 3)]
    assert devices == ["cuda:0", "cuda:1", "cuda:0"]


def test_every_start_of_a_worker_has_its_own_name():
    command = worker_part(1, Maintenance()).command
    assert command("first")[-2:] == ["--name", "first"]
    assert {"interactive", "batch"} <= set(command("second"))


def test_redis_url_replaces_the_embedded_valkey(settings):
    settings.ENV = {**settings.ENV, "REDIS_URL": "redis://elsewhere"}
    assert queue_parts() == []


def test_the_web_process_returns_large_blocks_of_memory():
    assert web_part("127.0.0.1", 8000).environ["MALLOC_MMAP_THRESHOLD_"] == "1048576"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("0.0.0.0", "http://localhost:8000/"),
        ("::1", "http://[::1]:8000/"),
        ("pictures.local", "http://pictures.local:8000/"),
    ],
)
def test_the_printed_address_can_be_opened(host, url):
    assert address(host, 8000) == url
