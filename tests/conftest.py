"""Fixtures for everybody."""

import os
import shutil

import pytest
from django.conf import settings

from tests.factories import make_checkpoint, make_user
from tests.site import LiveSite


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
