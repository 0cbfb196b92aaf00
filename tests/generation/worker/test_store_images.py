"""Storing images of a job: the database away, the job cancelled, the disk full."""

import asyncio
import errno

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.files.storage import default_storage
from django.db import connection

from gallery.imaging.metadata import read_infotext
from gallery.kept_steps import read_step
from gallery.models import Image
from generation.events.groups import user_group
from generation.models import Job
from generation.worker import db_retry
from tests.generation.worker.conftest import Cut, store

pytestmark = pytest.mark.django_db(transaction=True)  # a connection that broke is closed, so no test may lie in one


@pytest.mark.parametrize("word", ["INSERT", "SELECT"])
def test_an_image_is_stored_once_the_database_is_back(lease, word, monkeypatch):
    monkeypatch.setattr(db_retry, "FIRST_PAUSE_SECONDS", 0.01)
    cut = Cut(word, 3)
    with connection.execute_wrapper(cut):
        store(lease)
    assert cut.met == 3
    image = Image.objects.of_job(lease.pk).get()
    assert default_storage.exists(image.file)
    assert (lease.failure, lease.storing, lease.stored, lease.missing) == (None, 0, 1, set())


def test_kept_steps_are_stored_once_with_their_image(lease, monkeypatch):
    monkeypatch.setattr(db_retry, "FIRST_PAUSE_SECONDS", 0.01)
    lease.kept_steps[0] = {4: b"four", 2: b"two"}
    with connection.execute_wrapper(Cut("INSERT", 1)):
        store(lease)
    image = Image.objects.of_job(lease.pk).get()
    assert (image.kept_steps, image.steps["bytes"]) == ([2, 4], default_storage.size(image.steps_file))
    assert read_step(image, 4) == b"four"
    assert lease.kept_steps == {}


def test_an_image_that_was_called_off_meanwhile_is_not_stored(lease):
    Job.objects.filter(pk=lease.pk).update(dropped=[0])
    store(lease)
    assert not Image.objects.of_job(lease.pk).exists()
    assert (lease.dropped, lease.stop, lease.stored) == (frozenset({0}), None, 0)


def test_an_image_waits_for_space_on_a_full_disk(lease, monkeypatch):
    monkeypatch.setattr(db_retry, "FIRST_PAUSE_SECONDS", 0.01)
    save, refusals = default_storage.save, [OSError(errno.ENOSPC, "full"), OSError(errno.EDQUOT, "over quota")]

    def nearly_full(name, content):
        if refusals:
            raise refusals.pop()
        return save(name, content)

    monkeypatch.setattr(default_storage, "save", nearly_full)
    store(lease)
    assert refusals == []
    assert default_storage.exists(Image.objects.of_job(lease.pk).get().file)
    assert (lease.failure, lease.stored) == (None, 1)


def test_a_disk_that_is_broken_fails_the_job(lease, monkeypatch):
    def broken(name, content):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(default_storage, "save", broken)
    store(lease)
    assert lease.failure is not None
    assert lease.failure[0] == "internal_error"


def test_a_stored_image_is_told_to_its_owner_with_the_settings_in_its_file(lease, alice, valkey):
    layer = get_channel_layer()

    async def listen():
        channel = await layer.new_channel()
        await layer.group_add(user_group(alice.pk), channel)
        await asyncio.to_thread(store_and_close)
        return (await asyncio.wait_for(layer.receive(channel), 10))["message"]

    def store_and_close():
        try:
            store(lease)
        finally:
            connection.close()

    message = async_to_sync(listen)()
    image = Image.objects.of_job(lease.pk).get()
    assert (message["event"], message["job"], message["sequence"]) == ("job.image", str(lease.pk), lease.sequence)
    assert message["data"]["index"] == 0
    assert image.receipt["seconds"] == 0.5
    with default_storage.open(image.file) as file:
        assert "Version: sdsite" in read_infotext(file.read())
