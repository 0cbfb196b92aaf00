"""Vectors of words: asked of the worker that holds the model, through Redis, where they are kept for a day.

The web process never imports torch, and the text part of a CLIP model takes longer to load than anybody waits; the
worker has it loaded and answers between the steps of whatever it generates.
"""

import hashlib
import json
import time
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from gallery.models import MeaningModel
from gallery.search.meaning.vectors import Floats
from sdsite.core import rate_limits

READY = "sdsite:meaning:ready"  # the model's checksum, while a worker has it loaded
ASKED = "sdsite:meaning:asked"  # list of texts, as JSON
READY_SECONDS = 15  # for which a worker is believed to be there after its last sign
KEPT_SECONDS = 86_400
MOST_WAITING = 100  # texts; more are refused, so that nobody's waits in vain
WAIT_SECONDS = 5.0
_PAUSE = 0.02


class MeaningUnavailable(Exception):
    """No worker can say what words mean at the moment; the message is for people."""


def vector_key(sha256: str, text: str) -> str:
    """Return the key under which Redis keeps the vector of `text`: 4-byte floats."""
    return f"sdsite:meaning:text:{sha256[:16]}:{hashlib.sha256(text.encode()).hexdigest()}"


def vector_of_words(model: MeaningModel, text: str) -> Floats:
    """Return the vector of `text`, which waits for a worker for WAIT_SECONDS at most unless it is kept.

    Raises:
        MeaningUnavailable: no worker holds the model, too many others wait, or it takes too long.
    """
    text = " ".join(text.split())
    key = vector_key(model.sha256, text)
    found = _ask(lambda redis: redis.get(key))
    if found is None:
        ready = _ask(lambda redis: redis.get(READY))
        if ready is None or ready.decode() != model.sha256:
            raise MeaningUnavailable(_("No worker can compare words with images at the moment. Try again later."))
        if (_ask(lambda redis: redis.llen(ASKED)) or 0) >= MOST_WAITING:
            raise MeaningUnavailable(_("Too many searches by meaning wait at the moment. Try again later."))
        _ask(lambda redis: redis.rpush(ASKED, json.dumps({"sha256": model.sha256, "text": text})))
        found = _await(key)
    vector: Floats = np.frombuffer(found, np.float32)
    return vector


def _await(key: str) -> bytes:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        time.sleep(_PAUSE)
        if found := _ask(lambda redis: redis.get(key)):
            return bytes(found)
    raise MeaningUnavailable(_("The worker that compares words with images is busy. Try again later."))


def _ask(question: Any) -> Any:
    return rate_limits.ask("meaning", lambda storage: question(storage.storage))
