"""Many jobs of every kind in one process: `python -m tests.support.mixed_jobs FOLDER [JOBS]`; does it grow or drift?

Draws with tiny checkpoints of every family in turn, each time in another mode or with other adapters, and prints one
JSON line for each tenth of the jobs: {"jobs", "resident_mb"}. At the end {"unchanged": [...], "changed": [...]}: whose
plain picture is bit for bit what it was at first.
"""

import hashlib
import itertools
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.per_image import image_count
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters
from generation.pipelines import generate
from generation.pipelines.benchmarks import SilentHooks
from generation.pipelines.protocol import InputImages, Part, Timings
from generation.weights.sources import CheckpointSource, WeightsSource
from sdsite.devtools.bench.switching import resident_bytes
from tests.support.tiny import adapters, checkpoints

FAMILIES = ("sd", "sdxl", "sd3", "flux", "z_image")
UNETS = ("sd", "sdxl")
REFERENCE = "upload:11111111-1111-4111-8111-111111111111"
PICTURE = Image.fromarray((np.indices((64, 64)).sum(axis=0) % 64 * 4).astype(np.uint8)).convert("RGB")
MASK = Image.new("L", (64, 64), 0)
MASK.paste(255, (0, 0, 32, 64))

PLAIN = {"prompt": "a red heart"}
# What is asked for, one after the other; with adapters where `tests.support.tiny.adapters` builds them for the family.
ANY = [
    PLAIN,
    {"prompt": "a (red:1.4) heart", "negative_prompt": "blue"},
    {"init_image": REFERENCE, "strength": 0.6},
    {"init_image": REFERENCE, "mask_image": REFERENCE},
    {"hires": {"scale": 1.5, "upscaler": "lanczos"}},
    {"count": 2, "variation_strength": 0.2, "variation_seed": 5},
]
WITH_UNET = [
    {"prompt": "a heart <lora:toy:0.7>"},
    {"prompt": "my-toy heart"},
    {"vae": "toy"},
    {"prompt": "a [red:blue:0.5] heart AND a fox", "clip_skip": 1},
    {"controls": [{"model": "toy", "image": REFERENCE, "preprocessor": "canny"}]},
]


def main(folder: Path, jobs: int) -> None:
    """Draw, and tell."""
    generate.prepare(device="cpu", memory_gb=2)
    sources = {family: source_of(family, folder) for family in FAMILIES}
    assets = {family: assets_of(family, folder) for family in UNETS}
    first = {family: digest(sources[family]) for family in FAMILIES}
    kinds = [(family, requested) for family in FAMILIES for requested in (ANY + WITH_UNET if family in UNETS else ANY)]
    for number, (family, requested) in zip(range(1, jobs + 1), itertools.cycle(kinds), strict=False):
        draw(sources[family], requested, seed=number, assets=assets.get(family))
        if number % max(1, jobs // 10) == 0:
            tell(jobs=number, resident_mb=round(resident_bytes() / 1e6, 1))
    same = [family for family in FAMILIES if digest(sources[family]) == first[family]]
    tell(unchanged=same, changed=[family for family in FAMILIES if family not in same])


def tell(**said):
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def source_of(family, folder):
    path = folder / family
    if not path.exists():
        checkpoints.save_folder(family, path)
    return CheckpointSource(family, "folder", str(path))


def assets_of(family, folder):
    """Return a tiny adapter of each kind for `family`."""
    made = {
        ("lora", "toy"): adapters.kohya_lora(family, folder / f"{family}-lora.safetensors"),
        ("embedding", "my-toy"): adapters.embedding(family, folder / f"{family}-embedding.safetensors"),
        ("vae", "toy"): adapters.autoencoder(family, folder / f"{family}-vae"),
        ("controlnet", "toy"): adapters.controlnet(family, folder / f"{family}-controlnet"),
    }
    return {key: WeightsSource(*key, Path(path), family=family) for key, path in made.items()}


def draw(source, requested, *, seed=1, assets=None):
    """Return the images of one job, 2 steps of 64 px."""
    defaults = CheckpointDefaults(source.slug, source.slug, 64, 64, 2, 4.0, "euler")
    parameters = resolve(GenerationParameters(**{**PLAIN, "seed": seed, **requested}), defaults)
    pictures = InputImages(init=PICTURE, mask=MASK, controls=(PICTURE,) * len(parameters.controls))
    used = {
        key: found for key, found in (assets or {}).items() if key[0] != "embedding" or "my-toy" in parameters.prompt
    }
    part = Part(parameters, tuple(range(image_count(parameters))), SilentHooks(), pictures)
    [drawn] = generate.generate(source, [part], timings=Timings(), assets=used)
    if isinstance(drawn, Exception):
        raise drawn
    return drawn


def digest(source):
    [image] = draw(source, PLAIN)
    return hashlib.sha256(image.image.tobytes()).hexdigest()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 300)
