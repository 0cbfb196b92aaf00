"""Generation from input images, against the bare diffusers pipelines of every family."""

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from generation.errors import GenerationError
from generation.families import FAMILIES as ROWS
from generation.pipelines.image_inputs import arguments_for, effective_strength, pipeline_for, prepare
from generation.pipelines.protocol import InputImages
from generation.pipelines.schedulers import make_scheduler
from tests.generation.pipelines.conftest import FAMILIES, ask

TASKS = ["image_to_image", "inpaint"]
INIT = Image.effect_noise((64, 64), 60).convert("RGB")
OTHER = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
MASK = Image.new("L", (64, 64), 0)
MASK.paste(255, (24, 16, 56, 48))
ANY = "upload:00000000-0000-4000-8000-000000000000"


def requested(source, task="image_to_image", **fields):
    named = {"init_image": ANY} | ({"mask_image": ANY.replace("0000", "1111", 1)} if task == "inpaint" else {})
    return ask(source, task=task, **{"strength": 0.6, **named, **fields})


def generators(images):
    return [torch.Generator("cpu").manual_seed(image.seed) for image in images]


def base_arguments(images):
    first = images[0]
    return {
        "prompt": first.prompt,
        "num_images_per_prompt": len(images),
        "num_inference_steps": first.steps,
        "guidance_scale": first.guidance_scale,
        "width": first.width,
        "height": first.height,
        "generator": generators(images),
    }


def generate_images(loaded, images, input_images):
    """Return the finished images, generated as in a call."""
    pipe = pipeline_for(loaded, images[0].task)
    prepared = prepare(loaded, images, input_images)
    own = pipe.scheduler
    pipe.scheduler = make_scheduler(loaded.pipe, images[0].sampler, images[0].schedule, steps=images[0].steps)
    prepared.prepare_scheduler(pipe.scheduler)
    try:
        generated = pipe(**arguments_for(pipe, base_arguments(images) | prepared.arguments), output_type="pil").images
    finally:
        pipe.scheduler = own
    return [prepared.finish(position, image) for position, image in enumerate(generated)]


def pixels(image):
    return np.asarray(image)


def input_images_for(task, init=INIT, mask=MASK):
    return InputImages(init=init, mask=mask if task == "inpaint" else None)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_image_is_that_of_the_bare_pipeline(checkpoints, cache, family, task):
    loaded = cache.get(checkpoints[family])
    parameters = requested(checkpoints[family], task, mask_blur=0)
    [generated] = generate_images(loaded, [parameters], [input_images_for(task)])
    bare = getattr(diffusers, ROWS[family].tasks[task]).from_pipe(loaded.pipe)
    bare.set_progress_bar_config(disable=True)
    bare.scheduler = make_scheduler(loaded.pipe, parameters.sampler, parameters.schedule, steps=parameters.steps)
    arguments = base_arguments([parameters]) | {"image": INIT, "strength": 0.6}
    if task == "inpaint":
        arguments["mask_image"] = MASK
    elif family in ("sd", "sdxl"):
        del arguments["width"], arguments["height"]
    [wanted] = bare(**arguments, output_type="pil").images
    if task == "inpaint":
        wanted = Image.composite(wanted, INIT, MASK)
    assert (pixels(generated) == pixels(wanted)).all()
    assert (pixels(generated) != pixels(INIT)).any()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_seed_gives_the_same_image_alone_and_at_any_place_in_a_batch(checkpoints, cache, family, task):
    loaded = cache.get(checkpoints[family])
    mine, other = (requested(checkpoints[family], task, seed=seed) for seed in (5, 9))
    upside = MASK.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    own, theirs = input_images_for(task), input_images_for(task, OTHER, upside)
    first = generate_images(loaded, [mine, other], [own, theirs])
    second = generate_images(loaded, [other, mine], [theirs, own])
    assert (pixels(first[0]) == pixels(second[1])).all()
    assert (pixels(first[1]) == pixels(second[0])).all()
    [alone] = generate_images(loaded, [mine], [own])
    assert np.abs(pixels(alone).astype(int) - pixels(first[0])).max() <= 1  # batches of another size round differently


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", ["sd", "flux"])  # those that round steps down, those that round up
def test_the_smallest_strength_makes_one_step(checkpoints, cache, family, task):
    loaded = cache.get(checkpoints[family])
    [generated] = generate_images(
        loaded, [requested(checkpoints[family], task, strength=0.01)], [input_images_for(task)]
    )
    assert generated.size == (64, 64)
    assert pipeline_for(loaded, task).num_timesteps == 1


def test_every_number_of_steps_reaches_one_step():
    for steps in range(1, 151):
        assert int(steps * effective_strength(steps, 0.001, flow=False)) == 1
        assert effective_strength(steps, 1.0, flow=False) == 1.0
    assert effective_strength(4, 0.5, flow=False) == 0.5


@pytest.mark.parametrize("sampler", ["dpmpp_2m", "unipc"])
@pytest.mark.parametrize("task", ["inpaint"])  # adds noise before the first step and after each
@pytest.mark.parametrize("family", ["sd", "sd3"])
def test_solvers_of_all_kinds_start_from_init_images(checkpoints, cache, family, task, sampler):
    """With steps enough they come to the image of Euler's method, which is compared with bare calls elsewhere."""

    def made(**fields):
        images = [requested(checkpoints[family], task, steps=40, strength=0.3, **fields)]
        return pixels(generate_images(cache.get(checkpoints[family]), images, [input_images_for(task)])[0]).astype(int)

    found, known, other = made(sampler=sampler), made(sampler="euler"), made(sampler="euler", seed=5)
    assert np.abs(found - known).mean() < np.abs(other - known).mean() / 8


@pytest.mark.parametrize("family", ["sd", "sd3"])
def test_the_noise_multiplier_acts_on_the_init_image(checkpoints, cache, family):
    loaded = cache.get(checkpoints[family])
    given = [input_images_for("image_to_image")]
    unset = generate_images(loaded, [requested(checkpoints[family])], given)
    once, less = (
        generate_images(loaded, [requested(checkpoints[family], noise_multiplier=by)], given) for by in (1.0, 0.5)
    )
    assert (pixels(once[0]) == pixels(unset[0])).all()
    assert (pixels(once[0]) != pixels(less[0])).any()


def test_later_additions_of_noise_are_not_multiplied(checkpoints, cache):
    loaded = cache.get(checkpoints["sd"])
    scheduler = make_scheduler(loaded.pipe, "euler", "normal", steps=4)
    images = [requested(checkpoints["sd"], noise_multiplier=2.0)]
    prepare(loaded, images, [input_images_for("image_to_image")]).prepare_scheduler(scheduler)
    scheduler.set_timesteps(4)
    image, noise = torch.zeros(1, 4, 8, 8), torch.ones(1, 4, 8, 8)
    first, second = (scheduler.add_noise(image, noise, scheduler.timesteps[:1]) for _ in range(2))
    assert torch.equal(first, 2 * second)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_pipeline_of_another_task_shares_every_part_and_is_made_once(checkpoints, cache, family, task):
    loaded = cache.get(checkpoints[family])
    pipe = pipeline_for(loaded, task)
    assert pipe is pipeline_for(loaded, task)
    shared = [name for name, part in pipe.components.items() if isinstance(part, torch.nn.Module)]
    assert {"vae", "text_encoder"} <= set(shared)
    for name in shared:
        assert getattr(pipe, name) is getattr(loaded.pipe, name), name
    assert pipeline_for(loaded, "text_to_image") is loaded.pipe


def test_replaced_parts_of_the_loaded_pipeline_are_replaced_in_the_others_too(checkpoints, cache):
    loaded = cache.get(checkpoints["sd"])
    pipe, own = pipeline_for(loaded, "image_to_image"), loaded.pipe.vae
    other = torch.nn.Identity()
    try:
        loaded.pipe.vae = other
        assert pipeline_for(loaded, "image_to_image").vae is other
    finally:
        loaded.pipe.vae = own
    assert pipeline_for(loaded, "image_to_image").vae is own
    assert pipe.vae is own


def test_a_task_that_the_family_does_not_support_is_refused(checkpoints, cache):
    with pytest.raises(GenerationError, match="supports text_to_image"):
        pipeline_for(cache.get(checkpoints["sd"]), "upscale")


def test_an_argument_that_a_pipeline_does_not_take_is_refused_by_name(checkpoints, cache):
    pipe = pipeline_for(cache.get(checkpoints["sd"]), "image_to_image")
    assert arguments_for(pipe, {"width": 64, "prompt": "a"}) == {"prompt": "a"}
    with pytest.raises(GenerationError, match="does not take guidance_rescale"):
        arguments_for(pipe, {"guidance_rescale": 0.5})
