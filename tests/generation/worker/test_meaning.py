"""A worker with a search model: images get their vectors, words are answered, and models change; with real models."""

import json

import pytest
from django.core.files.storage import default_storage

from gallery.models import ImageVector
from gallery.search.meaning import index, words
from gallery.search.meaning.words import ASKED, READY, vector_of_words
from generation.checkpoints import adapters
from generation.models import Adapter
from generation.redis_client import connection
from generation.worker.meaning import HELD, MeaningService
from generation.worker.session import WorkerSession
from tests.support.factories import make_image
from tests.support.site import wait_for
from tests.support.tiny.search_models import save_clip, save_siglip

KIND = Adapter.Kind.SEARCH_MODEL


@pytest.fixture
def service(db, valkey):
    """The service of a worker that does nothing else; a test calls its rounds itself."""
    return MeaningService(WorkerSession("w1", ["interactive"]))


def finish(service):
    """Let the service index all there is."""
    service.work()
    while service.index_some():
        pass


def ask(sha256, text):
    connection().rpush(ASKED, json.dumps({"sha256": sha256, "text": text}))


@pytest.mark.parametrize("save", [save_clip, save_siglip])
def test_images_and_words_get_vectors_of_the_same_model(service, alice, owner_client, tmp_path, save):
    images = [
        make_image(alice, index=number, colour=colour) for number, colour in enumerate(("red", "#e00000", "blue"))
    ]
    adapter = adapters.add(kind=KIND, path=save(tmp_path / "model"))
    finish(service)
    adapter.refresh_from_db()
    model = index.current_model()
    assert (model.sha256, model.dimensions) == (adapter.sha256, adapter.meta["dimensions"])
    assert index.count_progress(model) == index.Progress(3, 3, is_finished=True)
    answer = owner_client.api("GET", f"/images?similar={images[0].pk}&by=meaning").json()
    assert [item["id"] for item in answer["items"]] == [str(image.pk) for image in images]
    ask(model.sha256, "a red fox")
    ask("other", "a red fox")
    assert service.answer(0.0) == 1
    assert vector_of_words(model, "a red fox").shape == (model.dimensions,)
    assert len(owner_client.api("GET", "/images?meaning=a+red+fox").json()["items"]) == 3


def test_a_new_image_is_indexed_and_a_broken_one_passed_over(service, alice, tmp_path):
    adapters.add(kind=KIND, path=save_clip(tmp_path / "model"))
    finish(service)
    broken, new = make_image(alice), make_image(alice, index=1)
    default_storage.delete(broken.thumbnail)
    finish(service)
    assert [bool(ImageVector.objects.get(image=image).values) for image in (broken, new)] == [False, True]
    assert index.count_progress(index.current_model()).is_finished


def test_jobs_come_before_images_but_words_are_answered(service, alice, checkpoint, tmp_path):
    from tests.support.factories import make_job

    adapters.add(kind=KIND, path=save_clip(tmp_path / "model"))
    service._session.take(make_job(alice, checkpoint))
    make_image(alice)
    assert service.work()
    assert index.count_progress(index.current_model()).indexed == 0
    ask(index.current_model().sha256, "fox")
    service.work()
    assert connection().llen(ASKED) == 0


def test_another_model_and_none(service, alice, tmp_path, root):
    make_image(alice)
    first = adapters.add(kind=KIND, path=save_clip(tmp_path / "first"))
    finish(service)
    revision = index.current_model().revision
    second = adapters.add(kind=KIND, path=save_siglip(tmp_path / "second"))
    finish(service)
    assert (index.current_model().title, index.current_model().revision) == ("second", revision + 1)
    assert len(ImageVector.objects.get().values) == 16
    for adapter in (first, second):
        adapters.set_enabled(adapter=adapter, enabled=False, actor=root)
    assert not service.work()
    assert index.current_model() is None
    assert connection().get(READY) is None


def test_a_model_that_cannot_be_loaded_is_told_in_its_row(service, alice, tmp_path):
    adapter = adapters.add(kind=KIND, path=save_clip(tmp_path / "model"))
    (tmp_path / "model" / "model.safetensors").write_bytes(b"broken")
    assert not service.work()
    adapter.refresh_from_db()
    assert "cannot be loaded" in adapter.last_error
    assert index.current_model() is None


def test_one_worker_of_the_site_does_it(service, alice, tmp_path):
    adapters.add(kind=KIND, path=save_clip(tmp_path / "model"))
    assert service.work()
    other = MeaningService(WorkerSession("w2", ["interactive"]))
    assert not other.work()
    connection().delete(HELD)  # as when the first worker has ended
    assert other.work()
    assert not service.work()


@pytest.mark.django_db(transaction=True)
def test_a_running_site_indexes_what_it_stores_and_finds_by_words(
    live_site, alice, owner_client, tmp_path, monkeypatch
):
    monkeypatch.setattr(words, "WAIT_SECONDS", 60)  # a busy machine is no failure
    image = make_image(alice)
    connection().delete(HELD)  # a service of another test seems to have it
    adapters.add(kind=KIND, path=save_clip(tmp_path / "model"))
    wait_for(
        lambda: (row := index.current_model()) and index.count_progress(row).indexed, seconds=60, what="the vector"
    )
    model = index.current_model()
    wait_for(lambda: connection().get(READY) == model.sha256.encode(), what="a worker with the model")
    answer = owner_client.api("GET", "/images?meaning=a+red+fox").json()
    assert [item["id"] for item in answer["items"]] == [str(image.pk)]
