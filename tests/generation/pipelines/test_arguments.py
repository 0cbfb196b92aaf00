"""Every family, task and sampler that the catalog claims, on tiny checkpoints, against bare diffusers calls.

The pipeline, scheduler and arguments that the site makes of a request must give the image of the bare pipeline class
with a scheduler made from its own config and the catalog's row: bit for bit, in 32 bits on the CPU.
"""

import itertools

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from generation.parameters import catalog
from generation.pipelines import solvers
from generation.pipelines.arguments import call_arguments
from generation.pipelines.generate import generate
from generation.pipelines.protocol import InputImages, Part, Timings
from generation.pipelines.schedulers import make_scheduler
from tests.generation.pipelines.conftest import FAMILIES, NEWER, Recorder, ask

pytestmark = pytest.mark.filterwarnings("ignore:__array:DeprecationWarning")  # diffusers with numpy 2

INIT = Image.effect_noise((64, 64), 60).convert("RGB")
MASK = Image.new("L", (64, 64), 0)
MASK.paste(255, (24, 16, 56, 48))
UPLOAD = "upload:00000000-0000-4000-8000-000000000000"
FLAGS = {"karras": "use_karras_sigmas", "exponential": "use_exponential_sigmas", "beta": "use_beta_sigmas"}
# Solvers of the DPM family take neither the noise levels that these pipelines pass nor have their method for adding
# noise, so there is no bare call to compare with.
WITHOUT_BARE = {
    (family, task, sampler)
    for family in ("sd3", "flux", "z_image", *NEWER)
    for task in catalog.FAMILIES[family].tasks
    for sampler in ("dpmpp_2m", "unipc")
    if family not in ("sd3", "flux", "flux2") or task != "text_to_image"
}
CLAIMED = [
    (family, task, sampler)
    for family in (*FAMILIES, *NEWER)
    for task in catalog.FAMILIES[family].tasks
    for sampler in catalog.samplers_for(family)
]


def pairs_of(claim):
    return set(itertools.combinations(enumerate(claim), 2))


def marked(claims):
    """Return the claims as parameters of a test: so many that each pair of their values is there, the rest nightly."""
    missing, daily = set().union(*map(pairs_of, claims)), set()
    while missing:
        best = max(claims, key=lambda claim: len(pairs_of(claim) & missing))
        daily.add(best)
        missing -= pairs_of(best)
    return [
        pytest.param(*claim, marks=() if claim in daily else pytest.mark.nightly, id="-".join(claim))
        for claim in claims
    ]


def requested(source, task, sampler, **fields):
    """Return parameters with few steps and little guidance; each task takes another of the sampler's schedules."""
    # diffusers' Euler a has no options for schedules: others are those of Euler (test_schedulers.py).
    schedules = ("normal",) if sampler == "euler_a" else catalog.SAMPLERS[sampler].schedules_for(source.slug)
    named = {} if task == "text_to_image" else {"init_image": UPLOAD, "strength": 0.5}
    if task == "inpaint":
        named |= {"mask_image": UPLOAD.replace("0000", "1111", 1), "mask_blur": 0}
    schedule = schedules[list(catalog.FAMILIES[source.slug].tasks).index(task) % len(schedules)]
    guidance = {"z_image": 0, **dict.fromkeys(NEWER, 3)}.get(source.slug, 1)
    steps = 2 if task == "text_to_image" else 4
    asked = {"task": task, "sampler": sampler, "schedule": schedule, "steps": steps, "guidance_scale": guidance}
    return ask(source, **{**asked, **named, **fields})


def generate_on_site(source, cache, parameters):
    hooks = Recorder()
    part = Part(parameters, (0,), hooks, InputImages(init=INIT, mask=MASK))
    [[one]] = generate(source, [part], timings=Timings(), cache=cache)
    assert hooks.progress == sorted(hooks.progress)
    assert hooks.progress[-1][0] == hooks.progress[-1][1]
    return one.image


def generate_bare(loaded, parameters):
    """Return the image of the bare pipeline class, with every argument given by hand."""
    row = catalog.FAMILIES[loaded.family]
    own = loaded.pipe.scheduler
    name, config = catalog.SAMPLERS[parameters.sampler].scheduler_for(loaded.family)
    config = {**config, **({FLAGS[parameters.schedule]: True} if parameters.schedule in FLAGS else {})}
    if config.get("use_flow_sigmas"):
        config["flow_shift"] = own.config.shift
    kind = getattr(solvers, name, None) or getattr(diffusers, name)
    parts = {name: part for name, part in loaded.pipe.components.items() if name != "scheduler"}
    if loaded.family == "sd":
        parts["requires_safety_checker"] = False
    if "text_encoder_select_layers" in loaded.pipe.config:
        parts["text_encoder_select_layers"] = loaded.pipe.config.text_encoder_select_layers
    pipe = getattr(diffusers, row.tasks[parameters.task])(**parts, scheduler=kind.from_config(own.config, **config))
    pipe.set_progress_bar_config(disable=True)
    arguments = {
        "prompt": parameters.prompt,
        "num_inference_steps": parameters.steps,
        "guidance_scale": parameters.guidance_scale,
        "generator": torch.Generator().manual_seed(parameters.seed),
    }
    if parameters.task != "image_to_image" or row.flow:
        arguments |= {"width": 64, "height": 64}
    if row.guidance == "true_cfg":
        arguments |= {"true_cfg_scale": arguments.pop("guidance_scale"), "negative_prompt": " "}
    if parameters.task != "text_to_image":
        arguments |= {"image": INIT, "strength": parameters.strength}
    if parameters.task == "inpaint":
        arguments["mask_image"] = MASK
    image = generate_sd3_inpaint(pipe, arguments) if row.key == "sd3" and arguments.get("mask_image") else None
    image = image or pipe(**arguments).images[0]
    # The site pastes the result into the init image.
    return Image.composite(image, INIT, MASK) if parameters.task == "inpaint" else image


def generate_sd3_inpaint(pipe, arguments):
    """Return the image of the bare class for inpainting, which forgets the autoencoder's shift when it decodes."""
    latents = pipe(**arguments, output_type="latent").images
    config = pipe.vae.config
    with torch.no_grad():
        decoded = pipe.vae.decode(latents / config.scaling_factor + config.shift_factor, return_dict=False)[0]
    return pipe.image_processor.postprocess(decoded)[0]


@pytest.mark.parametrize(("family", "task", "sampler"), marked(CLAIMED))
def test_it_is_the_image_of_the_bare_call(checkpoints, cache, family, task, sampler):
    source = checkpoints[family]
    parameters = requested(source, task, sampler)
    generated = generate_on_site(source, cache, parameters)
    assert generated.size == (64, 64)
    assert np.asarray(generated).std() > 1
    if (family, task, sampler) not in WITHOUT_BARE:
        assert (np.asarray(generated) == np.asarray(generate_bare(cache.get(source), parameters))).all()


def latents(loaded, sampler, seeds):
    """Return the latents of a batch of these seeds, with guidance."""
    parts = [Part(parameters_for(loaded, sampler, seed), (0,), Recorder()) for seed in seeds]
    own = loaded.pipe.scheduler
    loaded.pipe.scheduler = make_scheduler(loaded.pipe, sampler, "normal", steps=3)
    try:
        return loaded.pipe(**call_arguments(loaded, parts), output_type="latent").images
    finally:
        loaded.pipe.scheduler = own


def parameters_for(loaded, sampler, seed):
    return requested(loaded.source, "text_to_image", sampler, schedule="normal", steps=3, guidance_scale=3, seed=seed)


@pytest.mark.parametrize("sampler", catalog.samplers_for("sd"))
def test_a_seed_gives_the_same_latents_alone_and_at_any_place_in_a_batch(checkpoints, cache, sampler):
    loaded = cache.get(checkpoints["sd"])
    here = latents(loaded, sampler, (5, 6, 7))
    there = latents(loaded, sampler, (7, 8, 5))
    assert torch.equal(here[0], there[2])
    assert torch.equal(here[2], there[0])
    assert not torch.equal(here[1], there[1])
    [alone] = latents(loaded, sampler, (5,))
    # Batches of another size round differently.
    assert (alone - here[0]).abs().max() < 1e-4 * here[0].abs().max()
