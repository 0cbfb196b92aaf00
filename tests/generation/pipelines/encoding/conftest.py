"""Tiny pipelines by family, and functions that run them with encoded prompts."""

import pytest
import torch

from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters
from generation.pipelines.encoding import encode_prompts
from generation.pipelines.schedulers import make_scheduler
from tests.support.tiny import checkpoints

FAMILIES = ("sd", "sdxl", "sd3", "flux")
LONG = ", ".join(f"a {colour} fox in the snow at night under the moon" for colour in ("red", "blue", "grey")) * 3


@pytest.fixture(scope="session")
def pipes():
    """Return tiny pipelines by family, without progress bars."""
    made = {family: checkpoints.PIPELINES[family]() for family in FAMILIES}
    for pipe in made.values():
        pipe.set_progress_bar_config(disable=True)
    return made


@pytest.fixture
def no_gradients():
    """Compute without gradients while the test runs."""
    with torch.no_grad():
        yield


def requested(family, prompt, **fields):
    """Return resolved parameters of 4 steps of 64 px."""
    sampler = "ddim" if family in ("sd", "sdxl") else "euler"
    defaults = CheckpointDefaults(family, family, 64, 64, 4, 4.0, sampler)
    return resolve(GenerationParameters(prompt=prompt, seed=1, **fields), defaults)


def arguments_for(family, images):
    """Return the arguments of the bare pipeline."""
    first = images[0]
    arguments = {
        "prompt": [image.prompt for image in images],
        "negative_prompt": [image.negative_prompt for image in images],
        "width": 64,
        "height": 64,
        "num_inference_steps": first.steps,
        "guidance_scale": first.guidance_scale,
        "num_images_per_prompt": 1,
        "generator": [torch.Generator("cpu").manual_seed(image.seed) for image in images],
    }
    if family == "flux":
        if first.true_cfg_scale > 1:
            arguments["true_cfg_scale"] = first.true_cfg_scale
        else:
            del arguments["negative_prompt"]
    return arguments


def run(pipe, images, arguments, **more):
    """Return latents, generated with a fresh scheduler as the site does."""
    own = pipe.scheduler
    pipe.scheduler = make_scheduler(pipe, images[0].sampler, images[0].schedule, steps=images[0].steps)
    try:
        return pipe(**arguments, output_type="latent", **more).images
    finally:
        pipe.scheduler = own


def generate(pipe, family, *prompts, more=None, **fields):
    """Return the latents of one image for each prompt, generated in one call."""
    images = [requested(family, prompt, **fields) for prompt in prompts]
    with encode_prompts(pipe, images, arguments_for(family, images)) as arguments:
        return run(pipe, images, arguments, **(more or {}))


def generate_bare(pipe, family, *prompts, **fields):
    """Return the latents of the bare pipeline."""
    images = [requested(family, prompt, **fields) for prompt in prompts]
    return run(pipe, images, arguments_for(family, images))


def own_encoding(pipe, family, text):
    """Return the result of `encode_prompt`: embeddings, and the pooled text if there is one."""
    if family == "flux":
        embeds, pooled, _ = pipe.encode_prompt(text, None)
        return embeds[0], pooled[0]
    if family == "sd3":
        embeds, _, pooled, _ = pipe.encode_prompt(text, None, None, do_classifier_free_guidance=False)
        return embeds[0], pooled[0]
    given = pipe.encode_prompt(text, device="cpu", num_images_per_prompt=1, do_classifier_free_guidance=False)
    return given[0][0], given[2][0] if family == "sdxl" else None
