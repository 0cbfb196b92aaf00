"""What a worker notes of its memory: nothing loaded, and a device that has just failed."""

import pytest

from generation.pipelines import generate
from generation.worker.control import residency
from generation.worker.session import WorkerSession

STARTER = {"slug": "starter", "size_bytes": 9, "device_bytes": 9, "memory_mode": "resident"}


@pytest.fixture
def session(monkeypatch):
    monkeypatch.setattr(generate, "loaded_slugs", lambda: ("starter",))
    monkeypatch.setattr(generate, "loaded_checkpoints", lambda: [STARTER])
    session = WorkerSession("w1", ["batch"])
    yield session
    session.storing_pool.shutdown(wait=True)


def test_it_notes_what_is_loaded_and_free(session):
    residency.note(session)
    assert (session.loaded, session.resident) == (("starter",), [STARTER])
    free, total = session.memory
    assert 0 < free <= total


def test_a_device_that_does_not_answer_leaves_the_last_measurement(session, monkeypatch):
    def failing():
        raise RuntimeError("CUDA error")

    session.memory = (1, 2)
    monkeypatch.setattr(generate, "device_memory", failing)
    residency.note(session)
    assert (session.loaded, session.memory) == (("starter",), (1, 2))
