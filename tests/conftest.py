"""Fixtures for everybody."""

import os
import shutil

import pytest
from django.conf import settings
from xdist.scheduler import LoadScopeScheduling

from tests.factories import make_checkpoint, make_user
from tests.site import ROOT, LiveSite


class OneForSites(LoadScopeScheduling):
    """Shares tests out by file, but lets one process run all that use the live site, and one all that start their own.

    More at once would only wait for each other's CPU.
    """

    def _split_scope(self, nodeid):
        file = nodeid.split("::", 1)[0]
        if {"chaos", "sdsite"} & set(file.split("/")):
            return "own sites"
        if "e2e" in file.split("/") or "live_site" in (ROOT / file).read_text():
            return "live site"
        return file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Choose the scheduler above; xdist's own groups do not work with this pytest, which has no `_nodeid` any more."""
    return OneForSites(config, log)


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix(request):
    """Leave SQLite's file where a process's site looks for it: each process of a run has a data folder of its own."""
    if not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        request.getfixturevalue("django_db_modify_db_settings_xdist_suffix")


@pytest.fixture
def alice(db):
    """The owner."""
    return make_user("alice")


@pytest.fixture
def bob(db):
    """Somebody who may manage images and jobs in the admin."""
    return make_user("bob", is_staff=True)


@pytest.fixture
def charlie(db):
    """The stranger, who must see nothing."""
    return make_user("charlie")


@pytest.fixture
def checkpoint(db):
    """The starter checkpoint, registered as the default."""
    return make_checkpoint()


@pytest.fixture(scope="session")
def site_processes():
    """One Valkey, daphne and worker for all live tests of this run; started by the first that asks."""
    site = LiveSite(settings.DATA_DIR)
    yield site
    site.stop()


@pytest.fixture
def live_site(transactional_db, site_processes):
    """A running site with an empty database but for the starter checkpoint; broken parts are mended first."""
    make_checkpoint()
    site_processes.start()
    site_processes.forget_limits()
    yield site_processes
    site_processes.settle()


@pytest.fixture
def no_worker(site_processes):
    """No live worker of an earlier test, which would take the jobs that this one claims itself."""
    if "worker" in site_processes.processes:
        site_processes.kill("worker")


def pytest_unconfigure(config):
    """Leave nothing behind."""
    if not os.environ.get("KEEP"):
        shutil.rmtree(settings.DATA_DIR, ignore_errors=True)
