"""docs/accelerators.md has the table that the function gives by which workers choose memory modes."""

import re

from generation.families import FAMILIES
from generation.pipelines.loading.memory_budget import GIB, Room, decodes_in_tiles, decoding_bytes
from generation.pipelines.loading.memory_modes import choose_mode, needs
from tests.support.site import ROOT

CARDS = (6, 8, 12, 16, 24, 32, 48, 80)  # GiB
TAKEN = 1  # GiB, by driver and desktop
HOST = 64  # GiB
# Billions of weights of published checkpoints: in all parts, and in the largest.
CHECKPOINTS = {
    "Stable Diffusion 1.5": ("sd", 1.07, 0.86),
    "Stable Diffusion XL": ("sdxl", 3.47, 2.57),
    "Stable Diffusion 3 medium": ("sd3", 7.7, 4.76),
    "Stable Diffusion 3.5 large": ("sd3", 13.7, 8.06),
    "Z-Image": ("z_image", 10.3, 6.15),
    "Flux.1": ("flux", 16.9, 11.9),
}
NAMES = {
    ("half", "resident"): "resident",
    ("half", "offload"): "offload",
    ("quantized", "offload"): "8 bit, offload",
    ("half", "sequential"): "sequential",
}


def cell(family, weights, biggest, card):
    """Return how the checkpoint is kept on a card of so many GiB."""
    row, free = FAMILIES[family], (card - TAKEN) * GIB
    sizes = (int(weights * 2e9), int(biggest * 2e9))
    mode = choose_mode(*sizes, Room(free, HOST * GIB), "cuda")
    if mode is None:
        return "no"
    left = free - needs(mode, *sizes, "cuda").device
    tiled = decodes_in_tiles(decoding_bytes(family, "half", row.width * row.height), left)
    return NAMES[mode.precision, mode.memory] + " t" * tiled


def table():
    lines = ["| checkpoint | " + " | ".join(f"{card} GB" for card in CARDS) + " |", "|---" * (len(CARDS) + 1) + "|"]
    for name, shape in CHECKPOINTS.items():
        lines.append(f"| {name} | " + " | ".join(cell(*shape, card) for card in CARDS) + " |")
    return "\n".join(lines)


def test_the_table_is_what_workers_would_choose():
    text = (ROOT / "docs/accelerators.md").read_text()
    [written] = re.findall(r"<!-- table: [^\n]+ -->\n\n(.*?)\n\n<!-- end of table -->", text, re.DOTALL)
    assert written == table()
