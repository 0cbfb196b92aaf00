"""Memory modes of checkpoints of real sizes on cards of real sizes."""

import pytest

from generation.pipelines.loading.memory_modes import DECODING_BYTES, Mode, choose_mode, needed_bytes

GIB = 2**30
# Weights of all parts and of the largest, in millions, as published: denoiser, text encoders, autoencoder.
SIZES = {"sd1": (1_066, 860), "sdxl": (3_469, 2_567), "sd3": (7_692, 4_762), "flux": (16_870, 11_901)}
# GiB that are free on a card beside the driver's share.
CARDS = {4: 3.5, 6: 5.4, 8: 7.3, 12: 11.2, 24: 23.0}

RESIDENT, OFFLOAD = ("half", "resident"), ("half", "offload")
QUANTIZED, SEQUENTIAL = ("quantized", "offload"), ("half", "sequential")


def mode(kind, free_gib, device="cuda"):
    weights, biggest = (2 * millions * 1_000_000 for millions in SIZES[kind])
    return choose_mode(weights, biggest, int(free_gib * GIB), device)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("sd1", [RESIDENT, RESIDENT, RESIDENT, RESIDENT, RESIDENT]),
        ("sdxl", [QUANTIZED, QUANTIZED, OFFLOAD, RESIDENT, RESIDENT]),
        ("sd3", [SEQUENTIAL, SEQUENTIAL, QUANTIZED, OFFLOAD, RESIDENT]),
        ("flux", [SEQUENTIAL, SEQUENTIAL, SEQUENTIAL, SEQUENTIAL, QUANTIZED]),
    ],
)
def test_every_card_runs_every_family(kind, expected):
    chosen = [mode(kind, free) for free in CARDS.values()]
    assert [(one.precision, one.memory) for one in chosen] == expected


def test_images_are_decoded_in_tiles_where_little_memory_is_left():
    assert [mode("sdxl", free).tiled_vae for free in CARDS.values()] == [True, True, True, False, False]
    assert [mode("sd1", free).tiled_vae for free in CARDS.values()] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("kind", "free", "expected"),
    [
        ("sdxl", 32.0, Mode("full", "resident", False)),
        ("sdxl", 12.0, Mode("bf16", "resident", True)),
        ("sdxl", 6.0, Mode("quantized", "resident", True)),
        ("flux", 1.0, Mode("quantized", "resident", True)),
    ],
)
def test_a_cpu_uses_full_precision_while_there_is_room(kind, free, expected):
    assert mode(kind, free, "cpu") == expected


def test_shared_memory_has_one_mode():
    assert mode("flux", 4.0, "mps") == Mode("half", "resident", True)
    assert mode("sd1", 2 * DECODING_BYTES / GIB, "mps") == Mode("half", "resident", False)


@pytest.mark.parametrize("device", ["cuda", "cpu"])
@pytest.mark.parametrize("kind", SIZES)
def test_a_byte_less_than_needed_chooses_the_next_smaller_mode(kind, device):
    weights, biggest = (2 * millions * 1_000_000 for millions in SIZES[kind])
    seen, free = [], 2**40
    while (chosen := choose_mode(weights, biggest, free, device)) not in seen:
        seen.append(chosen)
        free = needed_bytes(chosen, weights, biggest, device) - 1
    ways = list(dict.fromkeys((one.precision, one.memory) for one in seen))  # the last may come again, in tiles
    assert ways == [RESIDENT, OFFLOAD, QUANTIZED, SEQUENTIAL] if device == "cuda" else len(ways) == 3


@pytest.mark.parametrize("device", ["cuda", "cpu", "mps"])
@pytest.mark.parametrize("kind", SIZES)
def test_what_fits_exactly_fits(kind, device):
    sizes = [2 * millions * 1_000_000 for millions in SIZES[kind]]
    best = choose_mode(*sizes, 10**12, device)
    needed = needed_bytes(best, *sizes, device)
    exact = choose_mode(*sizes, needed, device)
    assert (exact.precision, exact.memory) == (best.precision, best.memory)
    if device != "mps":  # which has no other
        short = choose_mode(*sizes, needed - 1, device)
        assert (short.precision, short.memory) != (best.precision, best.memory)


def test_a_mode_that_the_device_does_not_have_needs_nothing():
    assert needed_bytes(Mode("full", "sequential", False), GIB, GIB, "cuda") == 0
    assert needed_bytes(Mode("half", "offload", False), GIB, GIB, "mps") == 0
