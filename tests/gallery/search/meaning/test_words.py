"""Vectors of words: kept, asked of a worker, and refused where none answers."""

import json
import threading

import numpy as np
import pytest

from gallery.search.meaning import words
from gallery.search.meaning.words import ASKED, MeaningUnavailable, vector_key, vector_of_words
from generation.redis_client import connection
from tests.support.meaning import SHA256, begin_index, know_words, show_worker
from tests.support.site import wait_for

pytestmark = pytest.mark.django_db


def test_kept_vectors_need_no_worker(valkey):
    know_words(a_fox="up")
    assert vector_of_words(begin_index(), " a  fox").tolist() == [0, 0, 1, 0]


def test_a_worker_is_asked_once_and_answers(valkey, monkeypatch):
    monkeypatch.setattr(words, "WAIT_SECONDS", 60)  # a busy machine is no failure
    show_worker()
    model = begin_index()

    def answer():
        wanted = json.loads(wait_for(lambda: connection().lpop(ASKED), what="the words"))
        assert wanted["sha256"] == SHA256
        connection().set(vector_key(SHA256, wanted["text"]), np.arange(4, dtype=np.float32).tobytes())

    worker = threading.Thread(target=answer)
    worker.start()
    assert vector_of_words(model, "a blue fox").tolist() == [0, 1, 2, 3]
    worker.join()
    assert connection().llen(ASKED) == 0


def test_nobody_waits_for_a_worker_that_is_away_or_has_another_model(valkey):
    model = begin_index()
    with pytest.raises(MeaningUnavailable, match="No worker"):
        vector_of_words(model, "a fox")
    show_worker()
    model.sha256 = "0" * 64
    with pytest.raises(MeaningUnavailable, match="No worker"):
        vector_of_words(model, "a fox")
    assert connection().llen(ASKED) == 0


def test_a_worker_that_does_not_answer_is_waited_for_as_long_as_stated(valkey, monkeypatch):
    monkeypatch.setattr(words, "WAIT_SECONDS", 0.05)
    show_worker()
    with pytest.raises(MeaningUnavailable, match="busy"):
        vector_of_words(begin_index(), "a fox")
    monkeypatch.setattr(words, "MOST_WAITING", 1)
    with pytest.raises(MeaningUnavailable, match="Too many"):
        vector_of_words(begin_index(), "a wolf")
