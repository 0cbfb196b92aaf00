"""The fixtures that several folders use, and the choice of the scheduler of test processes."""

import gc
import os
import shutil

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase

from tests.support import database
from tests.support.audited_deeds import checked
from tests.support.clients.api_client import ApiClient, knocking_as
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_checkpoint, make_image, make_job, make_user
from tests.support.site import LiveSite, wait_for

hypothesis.settings.register_profile("sdsite", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("sdsite")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Import everything without looking for garbage, which takes as long again, and never look at it later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(100_000, 20, 100)
        gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Choose our own scheduler; xdist's groups do not work with this pytest, which has no `_nodeid` any more."""
    from tests.support.scheduler import OneForSites

    return OneForSites(config, log)


ON_SQLITE = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix(request):
    """Leave SQLite's file where a process's site looks for it: each process of a run has a data folder of its own."""
    if not ON_SQLITE:
        request.getfixturevalue("django_db_modify_db_settings_xdist_suffix")


@pytest.fixture(scope="session")
def django_db_setup(request):
    """Give the tests a copy of a migrated database, which is emptied after each test that commits."""
    TransactionTestCase._fixture_teardown = lambda self: database.empty(connection)
    if ON_SQLITE:
        request.getfixturevalue("django_test_environment")
        database.copy_into(settings.DATA_DIR)
    else:
        request.getfixturevalue("django_db_setup")


@pytest.fixture(scope="session", autouse=True)
def entries_in_transactions():
    """Let every test fail whose code writes to the audit log outside of the transaction of its deed."""
    from sdsite.accounts import audit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "record", checked(audit.record))
        yield


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
def root(db):
    """An administrator."""
    return make_user("root", is_staff=True, is_superuser=True)


@pytest.fixture
def moderator(bob):
    """Bob, who may see images and take them down, and nothing else."""
    from django.contrib.auth.models import Permission

    bob.user_permissions.set(
        Permission.objects.filter(content_type__app_label="gallery", codename__in=["view_image", "delete_image"])
    )
    return bob


@pytest.fixture
def as_alice(alice):
    """A client in which the owner is logged in."""
    return client_of(alice)


@pytest.fixture
def as_charlie(charlie):
    """A client in which the stranger is logged in."""
    return client_of(charlie)


@pytest.fixture
def as_moderator(moderator):
    """A client in which the moderator is logged in."""
    return client_of(moderator)


@pytest.fixture
def as_root(root):
    """A client in which the administrator is logged in."""
    return client_of(root)


@pytest.fixture
def stranger():
    """An API client without key or session."""
    return ApiClient()


@pytest.fixture
def owner_client(alice):
    """An API client with a key of Alice's."""
    return knocking_as(alice)


@pytest.fixture
def charlie_client(charlie):
    """An API client with a key of Charlie's, to whom nothing of Alice's belongs."""
    return knocking_as(charlie)


@pytest.fixture
def act():
    """Return a function that runs a changelist action on rows, as the admin's form would; `ask`: unconfirmed."""

    def run(client, url, action, *rows, ask=False, **more):
        data = {"action": action, "_selected_action": [str(row.pk) for row in rows], **more}
        return client.post(url, data if ask else {**data, "confirmed": "yes"}, follow=True)

    return run


@pytest.fixture
def checkpoint(db):
    """The starter checkpoint, registered as the default."""
    return make_checkpoint()


@pytest.fixture
def job(alice, checkpoint):
    """A job of Alice's with two images, not ended."""
    job = make_job(alice, checkpoint, count=2)
    for index in range(2):
        make_image(alice, job_id=job.pk, index=index)
    return job


@pytest.fixture
def own_media(settings, tmp_path):
    """An empty media storage, where the files of other tests do not lie."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }


@pytest.fixture(scope="session")
def site_processes():
    """One Valkey, daphne and worker for all live tests of this run; started by the first that asks."""
    site = LiveSite(settings.DATA_DIR)
    yield site
    site.stop()


@pytest.fixture
def valkey_alone(site_processes):
    """The real Valkey, as it is, without the rest of a site."""
    site_processes.start_part("valkey")
    return site_processes


@pytest.fixture
def valkey(site_processes):
    """The real Valkey alone, empty, with no rate limit spent."""
    from generation.redis_client import connection
    from sdsite.core import rate_limits

    if "worker" in site_processes.processes:  # left over from a live test, it would take the jobs
        site_processes.kill("worker")
    site_processes.start_part("valkey")
    wait_for(site_processes.valkey_answers, what="Valkey")
    connection().flushall()
    rate_limits._paused_until = 0.0  # ask Redis at once, whatever went wrong before
    return site_processes


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
