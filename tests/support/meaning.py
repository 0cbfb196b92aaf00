"""Vectors of images and of words, as a worker with a search model stores them."""

import numpy as np

from gallery.search.meaning import index
from gallery.search.meaning.words import READY, vector_key

SHA256 = "5e" * 32
DIMENSIONS = 4
VECTORS = {
    "north": (1, 0, 0, 0),
    "east": (0, 1, 0, 0),
    "northeast": (1, 1, 0, 0),
    "up": (0, 0, 1, 0),
    "south": (-1, 0, 0, 0),
}


def begin_index():
    """Return the row of a model that every image gets a vector of by `point`."""
    return index.begin(sha256=SHA256, title="Tiny CLIP", dimensions=DIMENSIONS)


def point(images, *names):
    """Store a vector for each of `images`: the one of its name."""
    row = index.current_model() or begin_index()
    found = {image.pk: np.array(VECTORS[name], np.float32) for image, name in zip(images, names, strict=True)}
    assert index.store_vectors(row, found) == len(found)
    return row


def know_words(**vectors):
    """Let Redis have the vectors of these words, as after a worker's answer; `_` stands for a space."""
    from generation.redis_client import connection

    for text, name in vectors.items():
        key = vector_key(SHA256, text.replace("_", " "))
        connection().set(key, np.array(VECTORS[name], np.float32).tobytes())


def show_worker():
    """Let a worker with the model seem to be there."""
    from generation.redis_client import connection

    connection().set(READY, SHA256)
