"""The second pass of hires fix gives the same as two bare calls of diffusers."""

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from generation.errors import GenerationCancelled
from generation.families import FAMILIES as ROWS
from generation.pipelines import generate, hires
from generation.pipelines.arguments import call_arguments, get_image_parameters, make_generators
from generation.pipelines.protocol import Part, Timings
from generation.pipelines.schedulers import make_scheduler
from generation.pipelines.upscaling import upscalers_on, use_tile
from generation.weights.sources import WeightsSource
from tests.generation.pipelines.conftest import FAMILIES, Recorder, ask
from tests.support.tiny import upscalers

SIXTEEN = ("sd3", "flux", "z_image")  # their sizes are multiples of 16


def requested(source, **second):
    hires_requested = {"scale": 1.5, "steps": 2, "strength": 0.6, "upscaler": "lanczos", **second}
    return ask(source, steps=1, count=2, width=64, height=80, hires=hires_requested)


def bare(loaded, parameters, pipe, arguments):
    """Run a bare pipeline of diffusers with the requested scheduler."""
    own = pipe.scheduler
    steps = arguments["num_inference_steps"]
    pipe.scheduler = make_scheduler(loaded.pipe, parameters.sampler, parameters.schedule, steps=steps)
    try:
        return pipe(**{"output_type": "np", **arguments}).images
    finally:
        pipe.scheduler = own


def two_passes(loaded, parameters, **more):
    """Return the images of both passes by `hires`, and the arguments of the second pass."""
    part = Part(parameters, (0, 1), Recorder())
    first = call_arguments(loaded, [part])
    output = {"output_type": "latent"} if hires.wants_latents(parameters) else {}
    generated = bare(loaded, parameters, loaded.pipe, {**first, **output})
    told = []

    def run(pipe, arguments, *, size=None):
        told.append((type(pipe).__name__, arguments, size))
        images = bare(loaded, parameters, pipe, arguments)
        # Pipelines round the share of steps in different ways; the requested number is made by all of them.
        assert pipe.num_timesteps == hires.count_steps(parameters) == parameters.hires.steps
        return images

    made = hires.second_pass(loaded, generated, get_image_parameters([part]), run, first=first, **more)
    return generated, made, told[0]


def image_to_image(loaded, parameters, image, size):
    """Return the result of diffusers alone: image-to-image with the requested prompt and seeds."""
    name = ROWS[loaded.family].tasks["image_to_image"]
    pipe = getattr(diffusers, name).from_pipe(loaded.pipe, dtype=loaded.dtype)
    pipe.set_progress_bar_config(disable=True)
    sized = {"width": size[0], "height": size[1]} if loaded.family in SIXTEEN else {}
    if loaded.family == "z_image":  # diffusers gives it a processor that takes sixteen channels for an image
        pipe.image_processor = diffusers.image_processor.VaeImageProcessor(16, vae_latent_channels=16)
    unguided = {} if loaded.family == "flux" else {"negative_prompt": ""}
    arguments = {
        "prompt": parameters.prompt,
        "image": image,
        "strength": 2 / 3,  # two of three steps: the nearest to 0.6 that makes two
        "num_inference_steps": 3,
        "guidance_scale": parameters.guidance_scale,
        "num_images_per_prompt": 2,
        "generator": [torch.Generator("cpu").manual_seed(seed) for seed in (1, 2)],
        **sized,
        **unguided,
    }
    return bare(loaded, parameters, pipe, arguments)


@pytest.mark.parametrize("family", FAMILIES)
def test_images_are_upscaled_and_refined_as_by_two_bare_calls(checkpoints, cache, family):
    loaded = cache.get(checkpoints[family])
    parameters = requested(checkpoints[family])
    generated, made, (_, _, size) = two_passes(loaded, parameters)
    assert size == (96, 128 if family in SIXTEEN else 120)
    assert made.shape == (2, size[1], size[0], 3)
    images = [Image.fromarray((one * 255).round().astype(np.uint8)) for one in generated]
    larger = [image.resize(size, Image.Resampling.LANCZOS) for image in images]
    assert np.array_equal(made, image_to_image(loaded, parameters, larger, size))
    assert made.std() > 0.01


@pytest.mark.parametrize("family", FAMILIES)
def test_latents_are_upscaled_and_refined_as_by_two_bare_calls(checkpoints, cache, family):
    loaded = cache.get(checkpoints[family])
    parameters = requested(checkpoints[family], upscaler="latent")
    latents, made, (_, _, size) = two_passes(loaded, parameters)
    assert made.shape == (2, size[1], size[0], 3)
    if family == "flux":
        latents = loaded.pipe._unpack_latents(latents, 80, 64, loaded.pipe.vae_scale_factor)
    larger = torch.nn.functional.interpolate(latents, size=(size[1] // 8, 12), mode="bilinear")
    assert np.array_equal(made, image_to_image(loaded, parameters, larger, size))


@pytest.mark.parametrize(("upscaler", "mode"), [("latent_bicubic", "bicubic"), ("latent_nearest", "nearest-exact")])
def test_latents_may_be_interpolated_in_other_ways(checkpoints, cache, upscaler, mode):
    loaded = cache.get(checkpoints["sd"])
    latents, _, (_, arguments, _) = two_passes(loaded, requested(checkpoints["sd"], upscaler=upscaler))
    wanted = torch.nn.functional.interpolate(latents, size=(15, 12), mode=mode)
    assert torch.equal(arguments["image"], wanted)


def test_a_network_may_upscale_between_the_passes(checkpoints, cache, tmp_path):
    loaded = cache.get(checkpoints["sd"])
    path = upscalers.save(tmp_path / "net.safetensors", upscalers.doubling_weights())
    assets = {("upscaler", "net"): WeightsSource("upscaler", "net", path)}
    told = []
    generated, _, (_, arguments, _) = two_passes(
        loaded,
        requested(checkpoints["sd"], upscaler="net", scale=2),
        assets=assets,
        on_tile=lambda done, total: told.append((done, total)),
    )
    wanted = (generated * 255).round().astype(np.uint8).repeat(2, 1).repeat(2, 2)
    assert np.array_equal(np.stack([np.asarray(image) for image in arguments["image"]]), wanted)
    assert told == [(1, 1), (1, 1)]


def test_without_an_upscaler_latents_are_interpolated(checkpoints):
    assert hires.wants_latents(requested(checkpoints["sd"], upscaler=None))
    assert not hires.wants_latents(requested(checkpoints["sd"], upscaler="lanczos"))
    assert not hires.wants_latents(ask(checkpoints["sd"]))


@pytest.mark.parametrize(
    ("family", "scale", "size"), [("sd", 1.2, (80, 96)), ("sd3", 1.6, (96, 128)), ("sd", 1, (64, 80))]
)
def test_sizes_are_rounded_to_the_familys_multiple(checkpoints, family, scale, size):
    assert hires.get_second_pass_size(requested(checkpoints[family], scale=scale), family) == size


def test_a_batch_is_as_large_as_the_larger_pass_allows(checkpoints):
    def most(**more):
        return generate.most_images(ask(checkpoints["sd"], width=256, height=256, **more), family="sd")

    assert most(hires={"scale": 4}) < most(hires={"scale": 2}) < most()


def test_zero_steps_are_as_many_as_the_first_pass_makes(checkpoints):
    parameters = requested(checkpoints["sd"], steps=0)
    assert hires.count_steps(parameters) == parameters.steps == 1
    assert hires.count_steps(requested(checkpoints["sd"], steps=7)) == 7
    assert hires.count_steps(ask(checkpoints["sd"])) == 0


@pytest.mark.parametrize("strength", [0.01, 0.05, 0.1, 0.25, 0.33, 0.5, 0.55, 0.6, 0.7, 0.85, 0.95, 0.99, 1])
def test_the_requested_steps_are_made_however_a_pipeline_rounds(strength):
    for steps in range(1, 151):
        total, share = hires.schedule(steps, strength)
        down = min(int(total * share), total)  # as Stable Diffusion counts
        up = total - int(max(total - min(total * share, total), 0))  # as the flow families count
        assert down == up
        assert down == steps or (steps / strength > 500 and down == round(500 * strength))
        assert share == 1 if strength == 1 else share < 1
        assert abs(share - strength) <= 2 / (steps + 1)


def test_the_second_pass_begins_with_fresh_generators_of_the_same_seeds(checkpoints, cache):
    loaded = cache.get(checkpoints["sd"])
    parameters = requested(checkpoints["sd"])
    _, _, (name, arguments, _) = two_passes(loaded, parameters)
    assert name == "StableDiffusionImg2ImgPipeline"
    assert (arguments["num_inference_steps"], arguments["strength"]) == (3, 2 / 3)
    assert [one.initial_seed() for one in arguments["generator"]] == [1, 2]
    fresh = make_generators(get_image_parameters([Part(parameters, (0, 1), Recorder())]))
    assert [one.initial_seed() for one in fresh] == [1, 2]


@pytest.mark.parametrize("upscaler", ["latent", "lanczos"])
def test_a_job_with_a_second_pass_counts_the_steps_of_both(checkpoints, cache, upscaler):
    source, parameters = checkpoints["sd"], requested(checkpoints["sd"], upscaler=upscaler)
    hooks = Recorder()
    [generated] = generate.generate(source, [Part(parameters, (0, 1), hooks)], timings=Timings(), cache=cache)
    _, made, _ = two_passes(cache.get(source), parameters)
    for image, wanted in zip(generated, made, strict=True):
        assert image.image.size == (96, 120)
        assert np.array_equal(np.asarray(image.image), (wanted * 255).round().astype(np.uint8))
    assert hooks.progress == [(1, 3), (2, 3), (3, 3)]


def test_cancelling_takes_effect_within_a_step_of_the_second_pass(checkpoints, cache):
    source = checkpoints["sd"]
    hooks = Recorder(cancel_at=2)
    part = Part(requested(source, steps=5), (0,), hooks)
    with pytest.raises(GenerationCancelled):
        generate.generate(source, [part], timings=Timings(), cache=cache)
    assert hooks.progress == [(1, 6), (2, 6)]


def test_cancelling_takes_effect_between_two_tiles(checkpoints, cache, tmp_path):
    source = checkpoints["sd"]
    path = upscalers.save(tmp_path / "net.safetensors", upscalers.doubling_weights())
    network, tiles = WeightsSource("upscaler", "net", path), []
    upscalers_on(cache.device).get(network).model.register_forward_hook(lambda *_: tiles.append(1))
    part = Part(requested(source, upscaler="net"), (0,), Recorder(cancel_at=1))  # after the only step of the first pass
    use_tile(32)
    try:
        with pytest.raises(GenerationCancelled):
            generate.generate(source, [part], timings=Timings(), cache=cache, assets={("upscaler", "net"): network})
    finally:
        use_tile(0)
    assert len(tiles) == 1
