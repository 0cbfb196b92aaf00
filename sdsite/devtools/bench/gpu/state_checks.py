"""Checks of what runs at all: versions, every sampler with its waits, adapters in each memory mode, a broken device."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from generation.errors import GenerationError
from generation.parameters import catalog
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.protocol import InputImages
from generation.weights.sources import CheckpointSource, WeightsSource
from sdsite.devtools.bench.gpu.bench import GIB, TINY_SIDE, GpuBench, count_waits
from sdsite.devtools.bench.gpu.checkpoints import write_controlnet, write_embedding, write_lora

FAMILIES = ("sd", "sdxl", "flux")
_TOY_IMAGE = "upload:11111111-1111-4111-8111-111111111111"


def versions(bench: GpuBench) -> dict[str, Any]:
    """Say what is measured: versions, card, capability, free memory, and whether the wheel has code for the card."""
    found: dict[str, Any] = {"torch": torch.__version__, "device": bench.device.name, "families": 0}
    if bench.is_cuda:
        name = bench.device.name
        major, minor = torch.cuda.get_device_capability(name)
        free, total = torch.cuda.mem_get_info(name)
        found |= {
            "card": torch.cuda.get_device_name(name),
            "runtime": torch.version.cuda or torch.version.hip,
            "cudnn": torch.backends.cudnn.version(),
            "capability": f"{major}.{minor}",
            "built_for": " ".join(torch.cuda.get_arch_list()),
            "free_gib": free / GIB,
            "total_gib": total / GIB,
        }
    for family in FAMILIES:
        bench.generate(bench.cache(), bench.source(family), steps=2)
        found["families"] += 1
    return found


def samplers(bench: GpuBench) -> dict[str, Any]:
    """Generate with every sampler and family, a preview a step; count how often a step waits for the device."""
    waits: dict[str, float] = {}
    generated, failed = 0, []
    for family in FAMILIES:
        source, cache = bench.source(family), bench.cache()
        for key, sampler in catalog.SAMPLERS.items():
            if family not in sampler.families:
                continue
            try:
                if bench.is_cuda:
                    waits[f"{family}/{key}"] = _waits_a_step(bench, cache, source, key)
                else:
                    bench.generate(cache, source, sampler=key, preview={"every": 1})
                generated += 1
            except (GenerationError, RuntimeError) as error:
                failed.append(f"{family}/{key}: {error}")
    found: dict[str, Any] = {"generated": generated, "failed": failed}
    if bench.is_cuda:
        found["waits"] = waits
        found["waits_where_none_are_expected"] = max(
            count for name, count in waits.items() if name.partition("/")[2] in ("euler", "dpmpp_2m", "deis")
        )
    return found


def _waits_a_step(bench: GpuBench, cache: PipelineCache, source: CheckpointSource, sampler: str) -> float:
    """Return how often a step waits for the device: the difference of two runs leaves out what happens once."""
    side = TINY_SIDE if bench.tiny else 256
    asked: dict[str, Any] = {"sampler": sampler, "width": side, "height": side, "preview": {"every": 1}}
    fewer, more = (
        count_waits(lambda steps=steps: bench.generate(cache, source, steps=steps, **asked))  # type: ignore[misc]
        for steps in (4, 8)
    )
    return (more - fewer) / 4


def adapters(bench: GpuBench) -> dict[str, Any]:
    """Generate with each adapter in each memory mode; between them a plain image must stay what it was."""
    checkpoint = bench.source("sd").path
    folder = bench.folder
    lora = write_lora(checkpoint, folder / "lora.safetensors")
    wrong = write_lora(checkpoint, folder / "wrong.safetensors", wrong_width=True)
    embedding = write_embedding(checkpoint, folder / "embedding.safetensors")
    net = write_controlnet(checkpoint, folder / "controlnet")
    requests: tuple[tuple[dict[str, Any], str, Path, str], ...] = (
        ({"prompt": "a heart <lora:toy:0.7>"}, "lora", lora, "toy"),
        ({"prompt": "a heart <lora:bad:0.7>"}, "lora", wrong, "bad"),
        ({"prompt": "my-toy heart"}, "embedding", embedding, "my-toy"),
        ({"controls": [{"model": "toy", "image": _TOY_IMAGE, "preprocessor": "canny"}]}, "controlnet", net, "toy"),
    )
    changed, refused = [], []
    for mode in ("resident", "offload", "sequential"):
        source, cache = bench.source("sd", memory_mode=mode), bench.cache()
        plain = _plain(bench, cache, source)
        for requested, kind, path, slug in requests:
            assets = {(kind, slug): WeightsSource(kind, slug, path, family="sd")}
            inputs = InputImages(controls=(Image.new("RGB", (64, 64), "red"),) if kind == "controlnet" else ())
            try:
                bench.generate(cache, source, assets=assets, inputs=inputs, steps=2, **requested)
            except GenerationError as error:
                refused.append(f"{mode}/{slug}: {error.code}")
            if not np.array_equal(plain, _plain(bench, cache, source)):
                changed.append(f"{mode}/{kind}/{slug}")
            ran_on = str(cache.get(source).pipe._execution_device)
            if torch.device(ran_on).type != bench.device.kind:
                changed.append(f"{mode}/{kind}/{slug} left it on {ran_on}")
    return {"changed": changed, "refused": refused, "refusals": len(refused)}


def _plain(bench: GpuBench, cache: PipelineCache, source: CheckpointSource) -> Any:
    return np.asarray(bench.generate(cache, source, steps=2).images[0].image)


_ASSERTING = """
import sys, torch
from generation.pipelines.loading.device_errors import is_device_broken
from generation.pipelines.loading.devices import choose_device
name = sys.argv[1]
device = choose_device(name)
try:
    torch.ones(2, device=name)[torch.tensor([9], device=name)].cpu()
except Exception as error:
    sys.stdout.write("broken" if is_device_broken(error, device) else f"not told: {type(error).__name__}: {error}")
"""


def broken_device(bench: GpuBench) -> dict[str, Any]:
    """Break the device for a process of its own, and ask whether a worker would notice."""
    command = [sys.executable, "-c", _ASSERTING, bench.device.name]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return {"noticed": ended.stdout.strip() == "broken", "said": ended.stdout.strip()[:200]}
