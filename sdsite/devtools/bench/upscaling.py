"""Duration of upscaling by models compared with Lanczos, whole and in tiles."""

import tempfile
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

NETWORKS = ("starter-x4", "animevideov3", "general-x4v3", "x4plus-anime", "x4plus")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--side", type=int, default=128, help="Width and height of the image in pixels.")
    parser.add_argument("--tiles", type=int, nargs="+", default=[0, 64], help="Sides of tiles; 0: from free memory.")
    parser.add_argument(
        "--networks",
        nargs="+",
        choices=NETWORKS,
        default=NETWORKS,
        help="Architectures: the starter's and those of Real-ESRGAN.",
    )
    parser.add_argument("--rounds", type=int, default=3, help="Runs of each, after one to warm up; the median counts.")


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Upscale one image to four times its size by every upscaler, and print seconds and the ratio to Lanczos."""
    # Here, so that the command's help needs none of it.
    from generation.pipelines.loading import devices
    from generation.pipelines.upscaling import benchmarks

    devices.reserve_a_core()
    device, side = settings.ENV["SDSITE_DEVICE"], options["side"]
    write(
        f"{side}x{side} to {4 * side}x{4 * side} on {devices.choose_device(device).name}, networks with random weights"
    )
    write(f"\n{'upscaler':<16} {'tile':>6} {'tiles':>6} {'seconds':>10} {'to Lanczos':>12}")
    lanczos = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for cost in benchmarks.measure(
            Path(folder),
            device=device,
            side=side,
            names=options["networks"],
            tile_sides=options["tiles"],
            rounds=options["rounds"],
        ):
            lanczos = lanczos or cost.seconds
            tile = cost.tile or ("free" if cost.name != "lanczos" else "")
            write(f"{cost.name:<16} {tile:>6} {cost.tiles:>6} {cost.seconds:>8.3f} s {cost.seconds / lanczos:>11.0f}x")
