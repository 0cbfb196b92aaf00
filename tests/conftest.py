"""Fixtures for everybody. The data folder is a temporary one, set before Django reads its settings."""

import os
import shutil
import tempfile
from pathlib import Path

DATA = Path(tempfile.mkdtemp(prefix="sdsite-tests-"))
os.environ["SDSITE_DATA"] = str(DATA)
for name in ("REDIS_URL", "SDSITE_STORAGE", "SDSITE_DEBUG", "SDSITE_HTTPS", "SDSITE_SIGNUP", "SDSITE_ADMIN_PASSWORD"):
    os.environ.pop(name, None)
os.environ.setdefault("SDSITE_DEVICE", "cpu")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"

import pytest  # noqa: E402

from tests.factories import make_checkpoint, make_user  # noqa: E402
from tests.site import LiveSite  # noqa: E402


@pytest.fixture(scope="session")
def django_db_modify_db_settings():
    """Put the SQLite test database where processes started by the tests look for it."""
    from django.conf import settings

    if not os.environ.get("DATABASE_URL"):
        settings.DATABASES["default"]["TEST"] = {"NAME": str(DATA / "sdsite.sqlite3")}


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    """Pages name static files without a manifest, so that tests need no collectstatic."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


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
    site = LiveSite(DATA)
    yield site
    site.stop()


@pytest.fixture
def live_site(transactional_db, site_processes):
    """A running site with an empty database but for the starter checkpoint; broken parts are mended first."""
    make_checkpoint()
    site_processes.start()
    yield site_processes
    site_processes.settle()


def pytest_unconfigure(config):
    """Leave nothing behind."""
    shutil.rmtree(DATA, ignore_errors=True)
