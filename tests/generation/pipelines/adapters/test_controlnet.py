"""ControlNets give what diffusers gives, and leave nothing behind."""

import diffusers
import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from PIL import Image
from safetensors.torch import load_file

from generation.errors import GenerationError
from generation.pipelines.generate import generate
from generation.pipelines.protocol import InputImages, Part, Timings
from generation.weights.sources import WeightsSource
from tests.generation.pipelines.adapters.conftest import CALL, run_pipeline, same
from tests.generation.pipelines.conftest import Recorder, ask

IMAGE = "upload:00000000-0000-4000-8000-000000000000"


@pytest.fixture
def image():
    grid = np.indices((96, 64)).sum(axis=0) // 16 % 2 * 255
    return Image.fromarray(np.stack([grid, 255 - grid, grid // 2], axis=-1).astype(np.uint8))


@pytest.mark.parametrize(("family", "single"), [("sd", False), ("sd", True), ("sdxl", False), ("flux", False)])
def test_a_controlnet_gives_the_same_image_as_diffusers(load, bare, apply, weights, image, family, single):
    path = weights("controlnet", family, single=single, suffix=".safetensors" if single else "")
    requested = {"model": "edges", "image": IMAGE, "weight": 0.8, "end": 0.9}
    before = run_pipeline(load(family).pipe)
    input_images = InputImages(controls=(image.resize((64, 64)),))
    with apply(family, {("controlnet", "edges"): path}, input_images, controls=[requested]) as applied:
        generated = run_pipeline(applied.pipe, **applied.arguments)
    assert not same(generated, before)
    assert same(run_pipeline(load(family).pipe), before)
    kinds = {"flux": ("Flux", "Flux"), "sdxl": ("StableDiffusionXL", "")}
    start, kind = kinds.get(family, ("StableDiffusion", ""))
    net_class = getattr(diffusers, f"{kind}ControlNetModel")
    parts = bare(family).components
    net = net_class.from_unet(parts["unet"]) if single else net_class.from_pretrained(path)
    if single:
        net.load_state_dict(load_file(path))
    options = {"requires_safety_checker": False} if family == "sd" else {}
    reference = getattr(diffusers, f"{start}ControlNetPipeline")(**parts, controlnet=net, **options)
    name = "image" if family in ("sd", "sdxl") else "control_image"
    arguments = {name: image.resize((64, 64)), "controlnet_conditioning_scale": 0.8, "control_guidance_end": 0.9}
    assert np.abs(generated - run_pipeline(reference, **arguments)).max() < 1e-6


def test_hires_hands_latents_on_with_a_controlnet_for_flux(checkpoints, cache, weights, image, monkeypatch):
    """Its pipeline encodes whatever it is given, so latents have to come out of that as they went in."""
    source, path = checkpoints["flux"], weights("controlnet", "flux", suffix="")
    starts, ends = [], []
    scheduler = diffusers.FlowMatchEulerDiscreteScheduler
    scale_noise, interpolate = scheduler.scale_noise, torch.nn.functional.interpolate

    def note_start(self, sample, *args):
        starts.append(sample.clone())
        return scale_noise(self, sample, *args)

    def note_end(*args, **options):
        ends.append(interpolate(*args, **options))
        return ends[-1]

    monkeypatch.setattr(scheduler, "scale_noise", note_start)
    requested = {"controls": [{"model": "edges", "image": IMAGE}], "hires": {"scale": 1.5, "upscaler": "latent"}}
    part = Part(ask(source, **requested), (0,), Recorder(), InputImages(controls=(image,)))
    assets = {("controlnet", "edges"): WeightsSource("controlnet", "edges", path, family="flux")}
    monkeypatch.setattr("generation.pipelines.hires.functional.interpolate", note_end)
    [[made]] = generate(source, [part], timings=Timings(), assets=assets, cache=cache)
    assert made.image.size == (96, 96)
    assert torch.allclose(starts[-1], next(one for one in ends if one.shape == starts[-1].shape), atol=1e-5)


def test_a_controlnet_for_stable_diffusion_3_gives_the_same_image_as_diffusers(
    load, bare, apply, weights, image, monkeypatch
):
    loaded, small = load("sd3"), image.resize((64, 64))
    path = weights("controlnet", "sd3", suffix="")
    requested = [{"model": "edges", "image": IMAGE, "weight": 0.8}]
    before = run_pipeline(loaded.pipe)
    with apply("sd3", {("controlnet", "edges"): path}, InputImages(controls=(small,)), controls=requested) as applied:
        generated = run_pipeline(applied.pipe, **applied.arguments)
        assert same(run_pipeline(applied.pipe, **applied.arguments), generated)
    assert not same(generated, before)
    assert same(run_pipeline(loaded.pipe), before)
    monkeypatch.setattr(DiagonalGaussianDistribution, "sample", DiagonalGaussianDistribution.mode)
    net = diffusers.SD3ControlNetModel.from_pretrained(path)
    reference = diffusers.StableDiffusion3ControlNetPipeline(**bare("sd3").components, controlnet=net)
    expected = run_pipeline(reference, control_image=small, controlnet_conditioning_scale=0.8)
    assert np.abs(generated - expected).max() < 1e-6


@pytest.mark.parametrize("task", ["Img2Img", "Inpaint"])
@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_a_controlnet_works_with_other_tasks(load, apply, weights, image, family, task):
    start = {"sd": "StableDiffusion", "sdxl": "StableDiffusionXL"}[family]
    pipe = getattr(diffusers, f"{start}{task}Pipeline").from_pipe(load(family).pipe)
    small = image.resize((64, 64))
    own = {"image": small, "strength": 0.9} | ({"mask_image": small.convert("L")} if task == "Inpaint" else {})
    sizes = {"width", "height"} if task == "Img2Img" else set()
    call = {name: value for name, value in CALL.items() if name not in sizes}
    without = pipe(**call, **own, generator=torch.Generator().manual_seed(1)).images
    files = {("controlnet", "edges"): weights("controlnet", family, suffix="")}
    requested = {"model": "edges", "image": IMAGE}
    with apply(family, files, InputImages(controls=(small,)), controls=[requested]) as applied:
        pipe_with_controlnet, more = applied.adapt(pipe)
        assert f"ControlNet{task}" in type(pipe_with_controlnet).__name__
        generated = pipe_with_controlnet(**call, **own, **more, generator=torch.Generator().manual_seed(1)).images
    assert generated.shape == without.shape
    assert not same(generated, without)


def test_several_controlnets_add_up(load, apply, weights, image):
    one, two = weights("controlnet", "sd", suffix=""), weights("controlnet", "sd", seed=4, suffix="")
    reference = IMAGE
    requested = [{"model": name, "image": reference, "preprocessor": "canny"} for name in ("one", "two")]
    input_images = InputImages(controls=(image, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    files = {("controlnet", "one"): one, ("controlnet", "two"): two}
    with apply("sd", files, input_images, controls=requested) as applied:
        both = run_pipeline(applied.pipe, **applied.arguments)
    with apply("sd", files, InputImages(controls=input_images.controls[:1]), controls=requested[:1]) as applied:
        assert not same(both, run_pipeline(applied.pipe, **applied.arguments))


def test_a_controlnet_of_other_widths_is_refused(load, apply, weights, image):
    requested = {"model": "edges", "image": IMAGE}
    files = {("controlnet", "edges"): weights("controlnet", "sdxl", suffix="")}
    with (
        pytest.raises(GenerationError, match="cross_attention_dim") as caught,
        apply("sd", files, InputImages(controls=(image,)), controls=[requested]),
    ):
        pass
    assert caught.value.code == "adapter_invalid"
