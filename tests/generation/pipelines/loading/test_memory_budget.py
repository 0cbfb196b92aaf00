"""Sums of memory: what is free, usable, shared, and what decoding takes."""

import pytest

from generation.pipelines.loading.memory_budget import (
    CONTEXT_BYTES,
    FORGET_SECONDS,
    GIB,
    MOST_FORGET_SECONDS,
    Held,
    Machine,
    Room,
    budget,
    decodes_in_tiles,
    decoding_bytes,
    exceeds_budget,
    free_now,
    image_bytes,
    lacks_room,
    lasts,
    note_shortage,
    room,
    share,
    unused,
)

MEGAPIXEL = 1024 * 1024


@pytest.mark.parametrize(
    ("family", "precision", "side", "images", "gib"),
    [
        ("sdxl", "half", 1024, 1, 3.0),  # its autoencoder is computed in float32
        ("sdxl", "half", 1024, 2, 6.0),
        ("sdxl", "half", 2048, 1, 12.0),
        ("sdxl", "quantized", 1024, 1, 3.0),
        ("sdxl", "bf16", 1024, 1, 1.5),
        ("sd", "half", 512, 16, 6.0),
        ("sd", "full", 1024, 1, 3.0),
        ("flux", "bf16", 1024, 1, 1.5),
    ],
)
def test_decoding_takes_bytes_by_family_precision_and_pixels(family, precision, side, images, gib):
    assert decoding_bytes(family, precision, side * side, images=images) == gib * GIB


def test_a_large_second_pass_is_decoded_in_tiles_where_the_first_is_not():
    first, second = (decoding_bytes("sdxl", "half", pixels) for pixels in (MEGAPIXEL, 4 * MEGAPIXEL))
    assert not decodes_in_tiles(first, 5 * GIB)
    assert decodes_in_tiles(second, 5 * GIB)
    assert not decodes_in_tiles(second, 16 * GIB)


CARD = Machine("cuda", free=10 * GIB, total=24 * GIB, reserved=2 * GIB, host_free=30 * GIB, host_total=64 * GIB)


def shared(machine, workers):
    return Machine(**{**vars(machine), "device_workers": workers, "host_workers": workers})


def test_what_is_usable_counts_what_this_worker_can_give_up_and_nothing_that_lies_on_the_host():
    assert free_now(CARD) == 12 * GIB
    assert room(CARD, Held()) == Room(12 * GIB, 30 * GIB)
    assert room(CARD, Held(resident=5 * GIB, beside=GIB)) == Room(18 * GIB, 30 * GIB)
    assert room(CARD, Held(offloaded=20 * GIB)) == Room(12 * GIB, 50 * GIB)
    assert unused(CARD, Held(resident=5 * GIB)) == 12 * GIB


def test_workers_of_one_device_and_one_machine_have_equal_shares():
    two = shared(CARD, 2)
    assert share(two) == 12 * GIB - CONTEXT_BYTES
    assert room(two, Held(resident=8 * GIB, offloaded=8 * GIB)) == Room(12 * GIB - CONTEXT_BYTES, 32 * GIB)
    assert unused(two, Held(resident=8 * GIB)) == 4 * GIB - CONTEXT_BYTES
    assert unused(two, Held(resident=20 * GIB)) == 0
    assert share(shared(Machine("cpu", 8 * GIB, 16 * GIB), 2)) == 8 * GIB


def test_a_budget_is_a_share_of_what_is_usable_now_or_the_number_that_was_set():
    assert budget(CARD, Held()) == Room(9 * GIB, 15 * GIB)
    assert budget(CARD, Held(resident=4 * GIB)).device == 12 * GIB
    assert budget(CARD, Held(), explicit=20 * GIB).device == 20 * GIB
    assert budget(Machine("cpu", 8 * GIB, 16 * GIB), Held()).device == 4 * GIB
    assert not exceeds_budget(CARD, Held(resident=4 * GIB), Room(8 * GIB))
    assert exceeds_budget(CARD, Held(resident=4 * GIB), Room(8 * GIB + 1))
    assert exceeds_budget(CARD, Held(resident=4 * GIB), Room(GIB), explicit=4 * GIB)
    assert exceeds_budget(CARD, Held(offloaded=20 * GIB), Room(GIB, 6 * GIB))


def test_room_to_work_is_wanted_beside_weights():
    assert not lacks_room(CARD, Held(), Room(11 * GIB), GIB)
    assert lacks_room(CARD, Held(), Room(11 * GIB + 1), GIB)
    small = Machine("cpu", 100, 1000)
    assert not lacks_room(small, Held(), Room(50), GIB)  # a small machine keeps small checkpoints
    assert lacks_room(small, Held(), Room(51), GIB)


def test_images_get_what_is_left_when_the_weights_are_there():
    held = Held(resident=6 * GIB)
    assert image_bytes(CARD, held, weights=6 * GIB, is_resident=True) == 12 * GIB
    assert image_bytes(CARD, Held(), weights=10 * GIB, is_resident=False) == 2 * GIB
    # 18 GiB are usable and 13.5 may be weights: of the 6 that are there 3.5 stay beside 10 that come.
    assert image_bytes(CARD, held, weights=10 * GIB, is_resident=False) == int(4.5 * GIB)
    assert image_bytes(CARD, held, weights=20 * GIB, is_resident=False) == 0


def test_a_shortage_passes_with_more_memory_or_with_time():
    shortage = note_shortage(100, now=0.0)
    assert lasts(shortage, 100, FORGET_SECONDS - 1)
    assert lasts(shortage, 110, 0.0)
    assert not lasts(shortage, 111, 0.0)
    assert not lasts(shortage, 100, FORGET_SECONDS)
    assert not lasts(None, 0, 0.0)


def test_a_shortage_that_comes_back_is_believed_twice_as_long_each_time():
    shortage, now, seconds = None, 0.0, []
    for _ in range(12):
        shortage = note_shortage(100, now, shortage)
        seconds.append(shortage.until - now)
        now = shortage.until
    assert seconds[:3] == [FORGET_SECONDS, 2 * FORGET_SECONDS, 4 * FORGET_SECONDS]
    assert seconds[-1] == MOST_FORGET_SECONDS
    assert note_shortage(100, now - 1, shortage).times == shortage.times  # the next smaller mode failed at once
    assert note_shortage(200, now, shortage).times == 1
