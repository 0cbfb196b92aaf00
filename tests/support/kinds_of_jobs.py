"""What can be asked of the tiny checkpoints: every task and adapter that a family takes, and how to generate it."""

from pathlib import Path

import numpy as np
from PIL import Image

from generation.errors import GenerationError
from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.per_image import image_count
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters
from generation.pipelines import generate
from generation.pipelines.protocol import InputImages, Part, Timings
from generation.weights.sources import CheckpointSource, WeightsSource
from tests.support.tiny import adapters, checkpoints

FAMILIES = ("sd", "sdxl", "sd3", "flux", "z_image")
REFERENCE = "upload:11111111-1111-4111-8111-111111111111"
INPUT = Image.fromarray((np.indices((64, 64)).sum(axis=0) % 64 * 4).astype(np.uint8)).convert("RGB")
MASK = Image.new("L", (64, 64), 0)
MASK.paste(255, (0, 0, 32, 64))

PLAIN = {"prompt": "a red heart"}
TASKS = {
    "text": {},
    "image": {"init_image": REFERENCE, "strength": 0.7},
    "inpaint": {"init_image": REFERENCE, "mask_image": REFERENCE},
    "hires": {"hires": {"scale": 1.5, "upscaler": "latent"}},
}
ADAPTERS = {
    "none": {},
    "lora": {"loras": [{"name": "toy", "weight": 0.7}]},
    "embedding": {"prompt": "my-toy heart"},
    "vae": {"vae": "toy"},
    "controlnet": {"controls": [{"model": "toy", "image": REFERENCE, "preprocessor": "canny"}]},
    "ip_adapter": {"ip_adapter": {"model": "toy", "image": REFERENCE}},
    "refiner": {"refiner": {"checkpoint": "toy", "start": 0.4}},
}
_OF_UNETS = ("none", "lora", "embedding", "vae", "controlnet", "ip_adapter")
ADAPTERS_OF = {
    "sd": _OF_UNETS,
    "sdxl": (*_OF_UNETS, "refiner"),
    "sd3": ("none", "lora", "vae", "controlnet"),
    "flux": ("none", "lora", "vae", "controlnet"),
    "z_image": ("none", "lora", "vae"),
}
# Refused by design: the site's sentence says what to leave out.
_REFUSED = {("refiner", "inpaint")}
# Families whose pipelines with a ControlNet know fewer tasks.
_CONTROLNET_TASKS = {"sd3": ("text",)}

# How a checkpoint is kept on an accelerator; eight bits are chosen together with offloading.
MEMORY = {
    "resident": {"memory_mode": "resident"},
    "offload": {"memory_mode": "offload"},
    "quantized": {"memory_mode": "offload", "precision": "quantized"},
    "sequential": {"memory_mode": "sequential"},
}


def works(family, adapter, task):
    """Return whether the site generates `task` with `adapter` on a checkpoint of `family`."""
    tasks = _CONTROLNET_TASKS.get(family, tuple(TASKS)) if adapter == "controlnet" else tuple(TASKS)
    return adapter in ADAPTERS_OF[family] and task in tasks and (adapter, task) not in _REFUSED


def source_of(family, folder, **memory):
    """Return the tiny checkpoint of `family` in `folder`, written at the first call."""
    path = Path(folder) / family
    if not path.exists():
        checkpoints.save_folder(family, path)
    return CheckpointSource(family, "folder", str(path), **memory)


def assets_of(family, folder):
    """Return a tiny adapter of each kind that `family` takes, by kind and name; written at the first call."""
    builders = {"lora": adapters.peft_lora, "embedding": adapters.embedding, "vae": adapters.autoencoder}
    builders |= {"controlnet": adapters.controlnet, "ip_adapter": adapters.ip_adapter}
    found = {}
    for kind in ADAPTERS_OF[family][1:]:
        path = Path(folder) / f"{family}-{kind}{'.safetensors' if kind in {'lora', 'embedding'} else ''}"
        if not path.exists():
            adapters.refiner(path) if kind == "refiner" else builders[kind](family, path)
        name = "my-toy" if kind == "embedding" else "toy"
        found[kind, name] = WeightsSource(kind, name, path, family=family)
    return found


def run(source, requested, hooks, *, assets=None, cache=None, **defaults):
    """Return the images of one job of 64 px, by default of 2 steps with Euler."""
    steps, sampler = defaults.get("steps", 2), defaults.get("sampler", "euler")
    standard = CheckpointDefaults(source.slug, source.slug, 64, 64, steps, 4.0, sampler)
    parameters = resolve(GenerationParameters(**{**PLAIN, "seed": 1, **requested}), standard)
    reference = INPUT if parameters.ip_adapter else None
    images = InputImages(init=INPUT, mask=MASK, controls=(INPUT,) * len(parameters.controls), ip_adapter=reference)
    used = {key: found for key, found in (assets or {}).items() if key[0] != "embedding" or key[1] in parameters.prompt}
    part = Part(parameters, tuple(range(image_count(parameters))), hooks, images)
    [generated] = generate.generate(source, [part], timings=Timings(), assets=used, cache=cache)
    if isinstance(generated, GenerationError):
        raise generated
    return [one.image for one in generated]
