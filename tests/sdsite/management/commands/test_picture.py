"""`manage.py picture` generates one image."""

import httpx
import psutil
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from tests.support import database
from tests.support.site import wait_for
from tests.support.up_process import manage


def test_it_generates_an_image_where_no_site_runs_and_leaves_nothing_running(tmp_path):
    before = set(psutil.pids())
    database.copy_into(tmp_path / "data")
    made = manage(tmp_path / "data", "picture", "a red heart", "--seed", "7", "--output", tmp_path)
    assert made.returncode == 0, made.stderr
    target = tmp_path / "a-red-heart.png"
    assert made.stdout.split() == [str(target)]
    with Image.open(target) as image:
        assert image.size == (128, 128)
        assert image.text["parameters"].startswith("a red heart\n")
        red, green, blue = image.convert("RGB").resize((1, 1)).getpixel((0, 0))
    assert red > green
    assert red > blue
    assert "step 12 of 12" in made.stderr
    left = [
        process for process in psutil.process_iter() if process.pid not in before and str(tmp_path) in _words(process)
    ]
    assert left == []


def _words(process):
    try:
        return " ".join(process.cmdline()) + process.environ().get("SDSITE_DATA", "")
    except psutil.Error:
        return ""


def test_it_uses_the_running_site(up, tmp_path):
    wait_for(up.live_worker, seconds=90, what="a worker on the board")
    worker = up.pid_of("worker")
    made = manage(up.data, "picture", "a fox", "--count", "2", "--output", tmp_path / "fox.png")
    assert made.returncode == 0, made.stderr
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["fox-1.png", "fox-2.png"]
    assert "No site runs" not in made.stderr
    assert up.pid_of("worker") == worker
    key = manage(up.data, "create_api_key", "--user", "admin", "--scopes", "read").stdout.strip()
    jobs = httpx.get(f"{up.url}/api/v1/jobs", headers={"Authorization": f"Bearer {key}"}).json()["items"]
    newest = jobs[0]  # the site is shared with other tests
    assert (newest["source"], newest["status"], len(newest["images"])) == ("command", "succeeded", 2)


def test_what_the_checkpoint_does_not_allow_is_refused(up, tmp_path):
    refused = manage(up.data, "picture", "a fox", "--checkpoint", "missing", "--output", tmp_path)
    assert refused.returncode == 1
    assert "missing" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_may_ask_for_is_refused_before_anything_starts(tmp_path):
    with pytest.raises(CommandError, match="steps must be"):
        call_command("picture", "a fox", "--steps", "0", "--output", str(tmp_path))
    assert list(tmp_path.iterdir()) == []
