"""Vectors as bytes: what is lost, and the order of distances."""

import uuid

import numpy as np

from gallery.search.meaning.vectors import STEPS, cosines, pack, pack_ids, to_steps, unpack, unpack_ids


def test_cosines_of_stored_vectors_are_nearly_those_of_the_numbers():
    rows = np.random.default_rng(1).standard_normal((200, 512)).astype(np.float32)
    rows[:, 7] *= 20  # CLIP has such directions
    stored = unpack(b"".join(map(pack, rows)), 512)
    exact, found = cosines(rows, rows[0]), cosines(stored, rows[0])
    assert abs(exact - found).max() < 0.02
    assert found[0] > 0.99


def test_distances_are_whole_numbers_that_a_cursor_can_hold():
    assert [to_steps(cosine) for cosine in (1.001, 1, 0, -1, -1.001)] == [0, 0, STEPS, 2 * STEPS, 2 * STEPS]
    assert 2 * STEPS < 2**15


def test_a_vector_of_zeros_is_far_from_all_and_no_error():
    assert cosines(unpack(pack(np.zeros(4, np.float32)), 4), np.ones(4, np.float32)).tolist() == [0.0]


def test_ids_come_back():
    ids = [uuid.uuid4() for _ in range(3)]
    assert unpack_ids(pack_ids(ids)) == ids
