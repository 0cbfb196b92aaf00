"""The whole site under its supervisor."""

import re
import sqlite3
import stat
from contextlib import closing

import httpx
import pytest

from tests.e2e.test_studio import browser  # noqa: F401
from tests.support.site import wait_for
from tests.support.up_process import Up, manage


def test_it_serves_the_login_page_and_has_one_worker(up):
    assert up.status("/accounts/login/") == 200
    worker = wait_for(up.live_worker, seconds=90, what="a worker on the board")
    assert worker["lanes"] == ["interactive", "batch"]


def test_only_its_user_can_reach_the_queue(up):
    folder = (up.data / "valkey.sock").parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert up.part("valkey").net_connections(kind="inet") == []


@pytest.mark.parametrize("part", ["web", "worker", "valkey"])
def test_a_part_that_is_killed_comes_back(up, part):
    wait_for(up.live_worker, seconds=90, what="a worker on the board")
    before = {name: up.pid_of(name) for name in ("web", "worker", "valkey")}
    up.part(part).kill()
    wait_for(lambda: up.pid_of(part) not in (None, before[part]), what=f"another {part}")
    wait_for(lambda: up.status("/readyz") == 200, what="the site to be ready again")
    wait_for(up.live_worker, seconds=90, what="a worker on the board again")
    others = set(before) - {part}
    assert {name: up.pid_of(name) for name in others} == {name: before[name] for name in others}
    assert f"{part} ended (killed by SIGKILL)" in up.log()


def test_the_printed_password_lets_the_administrator_in(up):
    assert up.log().count("First administrator") == 1
    assert up.logs_in(up.password())
    assert not up.logs_in("something else entirely")


def test_settings_come_from_the_file_and_it_is_named_at_start(tmp_path):
    given = "correct horse battery staple"
    file = tmp_path / "settings.env"
    file.write_text(f"SDSITE_ADMIN_PASSWORD={given}\nSDSITE_SIGNUP=on\nSDSITE_SAFTEY=nudenet\n")
    site = Up(tmp_path / "data", "--workers", "0", SDSITE_ENV_FILE=str(file))
    try:
        site.wait_until_ready()
        assert site.log().count(f"Settings were read from {file}") == 1
        assert site.log().count("SDSITE_SAFTEY is not a setting of the site; did you mean SDSITE_SAFETY?") == 1
        assert given not in site.log()
        assert site.password() is None
        assert site.logs_in(given)
        assert 'name="password1"' in httpx.get(f"{site.url}/accounts/signup/", timeout=20).text
    finally:
        site.stop()


OLD = """
from django.utils import timezone
from gallery.models import Image
from sdsite.accounts.models import User
import uuid
Image.objects.create(owner=User.objects.first(), job_id=uuid.uuid4(), job_created_at=timezone.now(), index=0, seed=1,
    prompt="an old ship", width=8, height=8, format="png", file="x", thumbnail="x", size_bytes=1, sha256="x")
"""


def test_images_of_an_older_version_are_indexed_for_searching(up):
    assert manage(up.data, "shell", "-c", OLD).returncode == 0

    def words():
        with closing(sqlite3.connect(up.data / "sdsite.sqlite3")) as database:
            return {word for (word,) in database.execute("SELECT word FROM gallery_imageword")}

    wait_for(lambda: words() >= {"an", "old", "ship"}, what="the words of the image")


def test_the_studio_is_usable_after_few_requests_and_little_text(up, browser):  # noqa: F811
    """As browsers get it: bundled and compressed; images, the tab's icon and the first visit's tour do not count."""
    context = browser.new_context(base_url=up.url, service_workers="block")
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("[name=login]", "admin")
    page.fill("[name=password]", up.password())
    page.click("main button[type=submit]")
    page.wait_for_selector("[data-connection=open]", state="attached")
    fresh = browser.new_context(base_url=up.url, storage_state=context.storage_state(), service_workers="block")
    page = fresh.new_page()
    network = fresh.new_cdp_session(page)
    sent, sizes = {}, {}
    network.on("Network.requestWillBeSent", lambda event: sent.update({event["requestId"]: event["request"]["url"]}))
    network.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    network.send("Network.enable")
    page.goto("/")
    page.wait_for_selector("[data-connection=open]", state="attached")
    page.wait_for_load_state("networkidle")
    needed = {key: url for key, url in sent.items() if not re.search("/images/|favicon|^data:|/tour[.]", url)}
    assert 5 <= len(needed) <= 12, "\n".join(needed.values())
    weights = {needed[key]: sizes.get(key, 0) for key in needed}
    assert 50_000 < sum(weights.values()) <= 120_000, "\n".join(f"{size} {url}" for url, size in weights.items())
    context.close()
    fresh.close()
