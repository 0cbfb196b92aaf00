"""Free space of the disks, and errors that say that one is full."""

import errno
import sqlite3

import pytest
from django.db import OperationalError, connection

from sdsite.core import disk_space
from sdsite.core.disk_space import DiskFull, is_disk_full
from tests.support.factories import make_user


@pytest.fixture
def floor(settings):
    """Return a function that sets the floor in MB."""

    def set_floor(megabytes):
        settings.ENV = {**settings.ENV, "SDSITE_FREE_MB": megabytes}

    return set_floor


def test_the_floor_refuses_new_work_and_the_reserve_images(floor):
    free = disk_space.free_bytes() / disk_space.MB
    floor(free / 2)
    disk_space.require_floor()
    floor(free * 2)  # the reserve is a tenth
    with pytest.raises(DiskFull, match="nearly full"):
        disk_space.require_floor()
    disk_space.require_reserve()
    floor(free * 20)
    with pytest.raises(DiskFull):
        disk_space.require_reserve()
    floor(0)
    disk_space.require_floor()
    disk_space.require_reserve()


def test_errors_of_the_system_are_told_apart():
    with pytest.raises(OSError, match="No space") as full, open("/dev/full", "wb", buffering=0) as device:
        device.write(b"x")
    assert is_disk_full(full.value)
    assert is_disk_full(OSError(errno.EDQUOT, "Disk quota exceeded"))
    assert is_disk_full(DiskFull())
    assert not is_disk_full(OSError(errno.EACCES, "Permission denied"))
    assert not is_disk_full(ValueError("database or disk is full"))
    assert not is_disk_full(None)
    wrapped = RuntimeError()
    wrapped.__cause__ = full.value
    full.value.__cause__ = wrapped  # exceptions may refer to each other
    assert is_disk_full(wrapped)


def make_many_users():
    for number in range(200):
        make_user(f"person-{number}", last_name="x" * 150)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_full_is_told(alice):
    if connection.vendor != "sqlite":
        pytest.skip("SQLite alone can be bounded from here")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # pages that earlier tests left free would take the rows
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            with pytest.raises(OperationalError) as full:
                make_many_users()
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert is_disk_full(full.value)


def test_other_errors_of_a_database_are_no_full_disk():
    assert not is_disk_full(OperationalError("database is locked"))
    assert not is_disk_full(OperationalError("disk I/O error"))  # there is space
    assert not is_disk_full(sqlite3.OperationalError("no such table"))
