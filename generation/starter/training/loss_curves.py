"""Comparison of a training's loss curve with the stored one, to check that the recipe reproduces the model.

    python -m generation.starter.training.loss_curves denoiser [--name again]
    python -m generation.starter.training.loss_curves denoiser --keep

The stored curves are in `curves/`, with a line for about every hundredth of a training; `--keep` writes them from the
logs in the work folder. A comparison needs only the beginning: it goes as far as the shorter of both curves.
"""

import argparse
import json
from collections.abc import Sequence
from math import inf
from pathlib import Path

from generation.starter.dataset.artwork import WORK

CURVES = Path(__file__).parent.parent / "curves"
KEPT = 100  # points of a curve
FIRST = 2000  # samples: before, a curve depends mostly on the initial weights
GROWTH = 1.35  # each mark is this many times further than the one before
MEASURES = ("error", "loss")  # the first one that a line has is used

Curve = list[tuple[int, float]]  # samples seen, and the mean since the point before


def mark_after(samples: float) -> float:
    """Return the next number of samples at which every training logs, however fast it runs.

    Between two points only the mean is known, and early on a curve falls too steeply to be split elsewhere.
    """
    mark = float(FIRST)
    while mark <= samples:
        mark *= GROWTH
    return mark


def read(path: Path) -> Curve:
    """Return the curve of a log; of a resumed training, the last run at each point.

    Raises:
        OSError: there is no such log.
    """
    curve: Curve = []
    for line in path.read_text().splitlines():
        row = json.loads(line)
        while curve and curve[-1][0] >= row["samples"]:
            curve.pop()
        curve.append((row["samples"], next(float(row[name]) for name in MEASURES if name in row)))
    return curve


def mean_between(curve: Curve, start: float, end: float) -> float | None:
    """Return the mean from `start` to `end` samples, each point weighted by its number of samples."""
    total = weight = 0.0
    before = 0
    for samples, value in curve:
        shared = min(samples, end) - max(before, start)
        if shared > 0:
            total, weight = total + shared * value, weight + shared
        before = samples
    return total / weight if weight else None


def thinned(curve: Curve, points: int = KEPT) -> Curve:
    """Return `curve` in about `points` intervals that grow, so that the early part keeps its detail."""
    if len(curve) <= points:
        return curve
    made: Curve = []
    start, last = 0.0, curve[-1][0]
    for number in range(1, points + 1):
        end = last * (number / points) ** 1.5
        mean = mean_between(curve, start, end)
        if mean is not None:
            made.append((round(end), round(mean, 5)))
        start = end
    return made


def deviations(own: Curve, recipe: Curve) -> list[tuple[int, float, float]]:
    """Return (samples, own mean, stored mean) of intervals to the end of the shorter curve.

    They begin where both curves have a point past FIRST and end at the stored curve's first points past the marks.
    """
    found = []
    start = max(next((float(samples) for samples, _ in curve if samples >= FIRST), inf) for curve in (own, recipe))
    last = min(own[-1][0], recipe[-1][0])
    while start < last:
        end = min(next((samples for samples, _ in recipe if samples >= mark_after(start)), last), last)
        means = mean_between(own, start, end), mean_between(recipe, start, end)
        if means[0] is not None and means[1] is not None:
            found.append((round(end), means[0], means[1]))
        start = end
    return found


def keep(training: str, work: Path, folder: Path = CURVES) -> Path:
    """Store the log of `training` in `work` as the recipe's curve; return the file."""
    folder.mkdir(exist_ok=True)
    lines = [json.dumps({"samples": samples, "error": value}) for samples, value in thinned(_log(training, "", work))]
    path = folder / f"{training}.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def _log(training: str, name: str, work: Path) -> Curve:
    return read(work / "states" / f"{training}{f'-{name}' if name else ''}.jsonl")


def main(words: Sequence[str] | None = None) -> None:
    """Compare, or store, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("training", help="autoencoder, text_encoder, denoiser, upscaler or judge (the classifier)")
    parser.add_argument("--name", default="", help="suffix of the training's state")
    parser.add_argument("--work", type=Path, default=WORK)
    parser.add_argument("--keep", action="store_true", help="make this log the recipe's curve")
    options = parser.parse_args(words)
    if options.keep:
        print(f"wrote {keep(options.training, options.work)}")
        return
    rows = deviations(_log(options.training, options.name, options.work), read(CURVES / f"{options.training}.jsonl"))
    for samples, own, recipe in rows:
        print(f"to {samples:>9,} samples: {own:.5f}, recipe {recipe:.5f}, {100 * (own / recipe - 1):+.1f} %")
    if rows:
        own, recipe = (sum(row[place] for row in rows) / len(rows) for place in (1, 2))
        print(f"on average {100 * (own / recipe - 1):+.1f} %")


if __name__ == "__main__":
    main()
