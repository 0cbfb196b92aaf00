"""How a site ends, and its state when it starts again."""

import signal

import httpx
import psutil
import pytest

from tests.support.site import wait_for
from tests.support.up_process import Up, manage


def gone(processes):
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)


def stop_and_look(site, how, parts):
    """End a site by a signal, and look that nothing of it is left."""
    children = site.children()
    assert len(children) == parts
    assert site.stop(how) == 0
    assert gone(children)
    assert "is killed" not in site.log()
    assert not (site.data / "valkey.sock").exists()


@pytest.mark.timeout(500)  # three starts of a whole site, on a machine that may be busy
def test_every_end_leaves_nothing_running_and_the_next_start_goes_on(tmp_path):
    """Three starts on one folder: the first is asked to end, the second killed, the third interrupted."""
    data = tmp_path / "data"
    first = Up(data)
    try:
        first.wait_until_ready()
        password, secret = first.password(), (data / "secret_key").read_text()
        key = manage(data, "create_api_key", "--user", "admin", "--scopes", "read,generate").stdout.strip()
        client = httpx.Client(headers={"Authorization": f"Bearer {key}"})  # making one costs more than asking

        def ask(site, method, path, **more):
            return client.request(method, site.url + path, **more).json()

        # Longer than the worker may go on after the first SIGTERM, so it has to give the job back.
        requested = {"prompt": "a red heart", "steps": 60, "count": 16, "batch_size": 1}
        address = f"/api/v1/jobs/{ask(first, 'POST', '/api/v1/jobs', json=requested)['id']}"
        kept = wait_for(lambda: ask(first, "GET", address)["images"], seconds=90, what="the first image")
        stop_and_look(first, signal.SIGTERM, parts=3)
    finally:
        first.stop()

    second = Up(data)
    try:
        second.wait_until_ready()
        job = ask(second, "GET", address)  # with the key that the first one made
        assert (job["attempt"], job["error"]) == (2, None)
        assert job["images"][: len(kept)] == kept
        more = len(job["images"]) + 1
        wait_for(lambda: len(ask(second, "GET", address)["images"]) >= more, seconds=90, what="another image")
        assert "migrations applied" not in second.log()
        assert second.password() is None
        assert second.logs_in(password)
        assert (data / "secret_key").read_text() == secret
        children = second.children()
        assert len(children) == 3
    finally:
        second.stop(signal.SIGKILL)  # like a power cut
    wait_for(lambda: gone(children), seconds=10, what="the parts to die with their supervisor")
    assert (data / "valkey.sock").exists()

    third = Up(data, "--workers", "0")
    try:
        third.wait_until_ready()
        assert len(ask(third, "GET", address)["images"]) >= more
        stop_and_look(third, signal.SIGINT, parts=2)
    finally:
        third.stop()


def test_a_folder_that_is_a_file_is_refused_in_one_sentence(tmp_path):
    place = tmp_path / "data"
    place.write_text("not a folder")
    refused = manage(place, "up", "--no-browser")
    assert refused.returncode == 1
    assert str(place) in refused.stderr
    assert "Traceback" not in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
