"""Memory modes of checkpoints of real sizes on cards of real sizes."""

import pytest

from generation.pipelines.loading.memory_budget import Room
from generation.pipelines.loading.memory_modes import (
    LEAST_WORKING_BYTES,
    WORKING_BYTES,
    Mode,
    choose_mode,
    least_bytes,
    needs,
    rank,
)

GIB = 2**30
# Weights of all parts and of the largest, in millions, as published: denoiser, text encoders, autoencoder.
SIZES = {"sd1": (1_066, 860), "sdxl": (3_469, 2_567), "sd3": (7_692, 4_762), "flux": (16_870, 11_901)}
# GiB that are free on a card beside the driver's share.
CARDS = {4: 3.5, 6: 5.4, 8: 7.3, 12: 11.2, 24: 23.0}

RESIDENT, OFFLOAD = ("half", "resident"), ("half", "offload")
QUANTIZED, SEQUENTIAL = ("quantized", "offload"), ("half", "sequential")


PLENTY = 10**12  # bytes of host memory


def sizes_of(kind):
    return tuple(2 * millions * 1_000_000 for millions in SIZES[kind])


def choose(kind, device_bytes, device="cuda", host_bytes=PLENTY, failed=None):
    return choose_mode(*sizes_of(kind), Room(int(device_bytes), host_bytes), device, failed=failed)


def mode(kind, free_gib, device="cuda"):
    return choose(kind, free_gib * GIB, device)


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


@pytest.mark.parametrize(
    ("kind", "free", "expected"),
    [
        ("sdxl", 32.0, Mode("full", "resident")),
        ("sdxl", 12.0, Mode("bf16", "resident")),
        ("sdxl", 6.0, Mode("quantized", "resident")),
        ("flux", 16.0, Mode("quantized", "resident")),
    ],
)
def test_a_cpu_uses_full_precision_while_there_is_room(kind, free, expected):
    assert mode(kind, free, "cpu") == expected


def test_shared_memory_has_one_mode():
    assert mode("flux", 33.0, "mps") == Mode("half", "resident")
    assert mode("sd1", 8.0, "mps") == Mode("half", "resident")
    assert mode("flux", 4.0, "mps") is None


@pytest.mark.parametrize("device", ["cuda", "cpu"])
@pytest.mark.parametrize("kind", SIZES)
def test_a_byte_less_than_needed_chooses_the_next_smaller_mode(kind, device):
    seen, free = [], 2**40
    while (chosen := choose(kind, free, device)) and rank(chosen, device) not in seen:
        seen.append(rank(chosen, device))
        free = needs(chosen, *sizes_of(kind), device).device + WORKING_BYTES - 1
    assert seen == ([0, 1, 2, 3] if device == "cuda" else [0, 1, 2])


@pytest.mark.parametrize("device", ["cuda", "cpu"])
@pytest.mark.parametrize("kind", SIZES)
def test_what_failed_is_not_chosen_and_neither_is_anything_larger(kind, device):
    seen, failed = [], None
    while failed := choose(kind, 10**12, device, failed=failed):
        seen.append(rank(failed, device))
    assert seen == ([0, 1, 2, 3] if device == "cuda" else [0, 1, 2])


def test_the_smallest_mode_is_tried_without_room_to_work_in_as_long_as_the_weights_fit():
    least = least_bytes(*sizes_of("sdxl"), "cpu")
    assert choose("sdxl", least.device, "cpu") == Mode("quantized", "resident")
    assert choose("sdxl", least.device - 1, "cpu") is None
    assert choose("flux", LEAST_WORKING_BYTES) == Mode("half", "sequential")
    assert choose("flux", LEAST_WORKING_BYTES - 1) is None
    assert choose("flux", 0) is None


def test_offloaded_weights_must_fit_into_host_memory():
    weights, _ = sizes_of("flux")
    assert choose("flux", 23 * GIB, host_bytes=weights // 2) == Mode("quantized", "offload")
    assert choose("flux", 23 * GIB, host_bytes=weights // 2 - 1) is None
    assert choose("flux", 33 * GIB, host_bytes=0) == Mode("half", "resident")
    assert choose("flux", 4 * GIB, host_bytes=weights - 1) is None


def test_a_mode_that_the_device_does_not_have_has_no_rank_and_needs_nothing():
    assert rank(Mode("full", "sequential"), "cpu") == -1
    assert needs(Mode("half", "offload"), GIB, GIB, "mps") == Room(0)


def test_flow_families_have_bf16_for_half_on_accelerators():
    assert rank(Mode("bf16", "resident"), "cuda") == rank(Mode("full", "resident"), "cuda") == 0
    assert rank(Mode("bf16", "resident"), "cpu") == 1


def test_cards_that_compute_in_float32_need_twice_as_much_but_for_eight_bits():
    sizes = sizes_of("sdxl")
    chosen = [choose_mode(*sizes, Room(int(gib * GIB), PLENTY), "cuda", each=4) for gib in (14.0, 11.2, 7.3, 3.3)]
    assert [(one.precision, one.memory) for one in chosen] == [RESIDENT, OFFLOAD, QUANTIZED, SEQUENTIAL]
