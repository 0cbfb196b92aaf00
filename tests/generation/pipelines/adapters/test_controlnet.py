"""Embeddings, autoencoders, ControlNets, IP-Adapters and the refiner: as diffusers does it, and undone bit for bit."""

import diffusers
import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPVisionModelWithProjection

from generation.errors import GenerationError
from generation.pipelines.adapters import applied, refine, stopping, weights_cache
from generation.pipelines.previews.latent_rgb import painter_for
from generation.pipelines.protocol import InputImages
from generation.weights.sources import CheckpointSource, WeightsSource
from tests.generation.pipelines.adapters.conftest import CALL, draw, same
from tests.generation.pipelines.conftest import ask
from tests.support.tiny import adapters
from tests.support.tiny import checkpoints as tiny

PICTURE = "upload:00000000-0000-4000-8000-000000000000"
TOY = "a my-toy heart"


@pytest.fixture
def picture():
    grid = np.indices((96, 64)).sum(axis=0) // 16 % 2 * 255
    return Image.fromarray(np.stack([grid, 255 - grid, grid // 2], axis=-1).astype(np.uint8))


# Embeddings


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_an_embedding_draws_what_diffusers_draws_with_it_and_is_forgotten(load, bare, put_on, weights, family):
    path = weights("embedding", family)
    loaded = load(family)
    table = loaded.pipe.text_encoder.get_input_embeddings()
    size, before = len(loaded.pipe.tokenizer), draw(loaded.pipe, prompt=TOY)
    with put_on(family, {("embedding", "my-toy"): path}) as fitted:
        drawn = draw(fitted.pipe, prompt=TOY)
        assert len(fitted.pipe.tokenizer) == size + 2
    assert not same(drawn, before)
    assert loaded.pipe.text_encoder.get_input_embeddings() is table
    assert len(loaded.pipe.tokenizer) == size
    assert same(draw(loaded.pipe, prompt=TOY), before)
    reference, tensors = bare(family), load_file(path)
    if family == "sd":
        reference.load_textual_inversion(tensors["emb_params"], token="my-toy")
    else:
        parts = (("clip_l", "text_encoder", "tokenizer"), ("clip_g", "text_encoder_2", "tokenizer_2"))
        for name, encoder, tokenizer in parts:
            reference.load_textual_inversion(
                tensors[name],
                token="my-toy",
                text_encoder=getattr(reference, encoder),
                tokenizer=getattr(reference, tokenizer),
            )
    assert same(drawn, draw(reference, prompt=TOY))


def test_a_prompt_without_the_word_is_drawn_as_ever(load, put_on, weights):
    before = draw(load("sd").pipe)
    with put_on("sd", {("embedding", "my-toy"): weights("embedding", "sd")}) as fitted:
        assert same(draw(fitted.pipe), before)


def test_two_embeddings_keep_apart(put_on, weights):
    files = {
        ("embedding", "my-toy"): weights("embedding", "sd"),
        ("embedding", "my-ink"): weights("embedding", "sd", seed=4),
    }
    with put_on("sd", dict(reversed(files.items()))) as fitted:
        drawn = draw(fitted.pipe, prompt=TOY)
    with put_on("sd", dict(list(files.items())[:1])) as fitted:
        assert same(drawn, draw(fitted.pipe, prompt=TOY))


def test_old_configs_find_the_end_of_a_text_all_the_same(load, put_on, weights):
    loaded, path = load("sdxl"), weights("embedding", "sdxl")
    with put_on("sdxl", {("embedding", "my-toy"): path}) as fitted:
        drawn = draw(fitted.pipe, prompt=TOY)
    encoders = [one for one in loaded.pipe.text_encoder_2.modules() if hasattr(one, "eos_token_id")]
    for one in encoders:
        one.eos_token_id = 2
    try:
        with put_on("sdxl", {("embedding", "my-toy"): path}) as fitted:
            assert same(drawn, draw(fitted.pipe, prompt=TOY))
        assert {one.eos_token_id for one in encoders} == {2}
    finally:
        for one in encoders:
            one.eos_token_id = 49407


@pytest.mark.parametrize(("token", "says"), [("heart", "knows heart already"), ("my-toy", "32 numbers|64 numbers")])
def test_embeddings_that_cannot_be_learned_are_refused(load, put_on, weights, tmp_path, token, says):
    path = weights("embedding", "sd")
    if token == "my-toy":
        path = tmp_path / "wide.safetensors"
        save_file({"emb_params": torch.ones(2, 64)}, path)
    before = draw(load("sd").pipe)
    with pytest.raises(GenerationError, match=says) as caught, put_on("sd", {("embedding", token): path}):
        pass
    assert caught.value.code == "adapter_invalid"
    assert same(draw(load("sd").pipe), before)


# Autoencoders


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("family", ["sd", "sdxl", "sd3", "flux"])
def test_another_autoencoder_decodes(load, bare, put_on, weights, family, single):
    path = weights("autoencoder", family, single=single, suffix=".safetensors" if single else "")
    loaded = load(family)
    before = draw(loaded.pipe)
    with put_on(family, {("vae", "clear"): path}, vae="clear") as fitted:
        drawn = draw(fitted.pipe)
    assert not same(drawn, before)
    assert same(draw(loaded.pipe), before)
    reference = bare(family)
    if single:
        reference.vae.load_state_dict(load_file(path))
    else:
        reference.vae = diffusers.AutoencoderKL.from_pretrained(path)
    assert np.abs(drawn - draw(reference)).max() < 1e-6


def test_previews_are_painted_by_the_autoencoder_that_decodes(load, put_on, weights):
    files, loaded = {("vae", "clear"): weights("autoencoder", "sd", suffix="")}, load("sd")
    latent_to_rgb = painter_for(loaded)
    with put_on("sd", files, vae="clear"):
        others = painter_for(loaded)
    assert others is not latent_to_rgb
    assert painter_for(loaded) is latent_to_rgb
    with put_on("sd", files, vae="clear"):
        assert painter_for(loaded) is others  # worked out once


def test_an_autoencoder_of_other_latents_is_refused(load, put_on, weights):
    path = weights("autoencoder", "flux", suffix="")
    with (
        pytest.raises(GenerationError, match="latent_channels are 16, not 4"),
        put_on("sd", {("vae", "clear"): path}, vae="clear"),
    ):
        pass


# ControlNets


@pytest.mark.parametrize(("family", "single"), [("sd", False), ("sd", True), ("sdxl", False), ("flux", False)])
def test_a_controlnet_leads_as_in_diffusers(load, bare, put_on, weights, picture, family, single):
    path = weights("controlnet", family, single=single, suffix=".safetensors" if single else "")
    requested = {"model": "edges", "image": PICTURE, "weight": 0.8, "end": 0.9}
    before = draw(load(family).pipe)
    input_images = InputImages(controls=(picture.resize((64, 64)),))
    with put_on(family, {("controlnet", "edges"): path}, input_images, controls=[requested]) as fitted:
        drawn = draw(fitted.pipe, **fitted.arguments)
    assert not same(drawn, before)
    assert same(draw(load(family).pipe), before)
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
    arguments = {name: picture.resize((64, 64)), "controlnet_conditioning_scale": 0.8, "control_guidance_end": 0.9}
    assert np.abs(drawn - draw(reference, **arguments)).max() < 1e-6


def test_a_controlnet_leads_stable_diffusion_3(cache, checkpoints, tmp_path, picture, monkeypatch):
    """The tiny checkpoint has one layer, the last one takes no lead, so this one has two."""
    pipe = tiny.sd3_pipeline()
    torch.manual_seed(2)
    pipe.transformer = diffusers.SD3Transformer2DModel.from_config({**pipe.transformer.config, "num_layers": 2})
    pipe.save_pretrained(tmp_path / "sd3")
    source = CheckpointSource("sd3", "folder", str(tmp_path / "sd3"))
    loaded, small = cache.get(source), picture.resize((64, 64))
    path = adapters.controlnet("sd3", tmp_path / "net")
    requested = ask(source, controls=[{"model": "edges", "image": PICTURE, "weight": 0.8}])
    assets = {("controlnet", "edges"): WeightsSource("controlnet", "edges", path, family="sd3")}
    before = draw(loaded.pipe)
    with applied(loaded, requested, assets, InputImages(controls=(small,))) as fitted:
        drawn = draw(fitted.pipe, **fitted.arguments)
        assert same(draw(fitted.pipe, **fitted.arguments), drawn)
    assert not same(drawn, before)
    assert same(draw(loaded.pipe), before)
    monkeypatch.setattr(DiagonalGaussianDistribution, "sample", DiagonalGaussianDistribution.mode)
    net = diffusers.SD3ControlNetModel.from_pretrained(path)
    reference = diffusers.StableDiffusion3ControlNetPipeline(**loaded.pipe.components, controlnet=net)
    expected = draw(reference, control_image=small, controlnet_conditioning_scale=0.8)
    cache.drop("sd3")
    assert np.abs(drawn - expected).max() < 1e-6


@pytest.mark.parametrize("task", ["Img2Img", "Inpaint"])
@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_it_leads_other_tasks_too(load, put_on, weights, picture, family, task):
    start = {"sd": "StableDiffusion", "sdxl": "StableDiffusionXL"}[family]
    pipe = getattr(diffusers, f"{start}{task}Pipeline").from_pipe(load(family).pipe)
    small = picture.resize((64, 64))
    own = {"image": small, "strength": 0.9} | ({"mask_image": small.convert("L")} if task == "Inpaint" else {})
    sizes = {"width", "height"} if task == "Img2Img" else set()
    call = {name: value for name, value in CALL.items() if name not in sizes}
    without = pipe(**call, **own, generator=torch.Generator().manual_seed(1)).images
    files = {("controlnet", "edges"): weights("controlnet", family, suffix="")}
    requested = {"model": "edges", "image": PICTURE}
    with put_on(family, files, InputImages(controls=(small,)), controls=[requested]) as fitted:
        led, more = fitted.of(pipe)
        assert f"ControlNet{task}" in type(led).__name__
        drawn = led(**call, **own, **more, generator=torch.Generator().manual_seed(1)).images
    assert drawn.shape == without.shape
    assert not same(drawn, without)


def test_several_controlnets_add_up(load, put_on, weights, picture):
    one, two = weights("controlnet", "sd", suffix=""), weights("controlnet", "sd", seed=4, suffix="")
    reference = PICTURE
    requested = [{"model": name, "image": reference, "preprocessor": "canny"} for name in ("one", "two")]
    input_images = InputImages(controls=(picture, picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    files = {("controlnet", "one"): one, ("controlnet", "two"): two}
    with put_on("sd", files, input_images, controls=requested) as fitted:
        both = draw(fitted.pipe, **fitted.arguments)
    with put_on("sd", files, InputImages(controls=input_images.controls[:1]), controls=requested[:1]) as fitted:
        assert not same(both, draw(fitted.pipe, **fitted.arguments))


def test_a_controlnet_of_other_widths_is_refused(load, put_on, weights, picture):
    requested = {"model": "edges", "image": PICTURE}
    files = {("controlnet", "edges"): weights("controlnet", "sdxl", suffix="")}
    with (
        pytest.raises(GenerationError, match="cross_attention_dim") as caught,
        put_on("sd", files, InputImages(controls=(picture,)), controls=[requested]),
    ):
        pass
    assert caught.value.code == "adapter_invalid"


def test_only_the_last_few_stay_in_memory(put_on, weights, picture):
    requested = {"model": "edges", "image": PICTURE}
    for seed in range(6):
        files = {("controlnet", "edges"): weights("controlnet", "sd", seed=seed, suffix="")}
        with put_on("sd", files, InputImages(controls=(picture,)), controls=[requested]):
            pass
    assert weights_cache.kept() == weights_cache.KEPT
    with pytest.raises(torch.OutOfMemoryError), put_on("sd", {}):
        raise torch.OutOfMemoryError("no")
    assert weights_cache.kept() == 0


# IP-Adapters


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_a_picture_is_a_prompt_as_in_diffusers(load, bare, put_on, weights, picture, family):
    path = weights("ip_adapter", family, suffix="")
    loaded = load(family)
    before, attention = draw(loaded.pipe), dict(loaded.pipe.unet.attn_processors)
    requested = {"model": "like", "image": PICTURE, "weight": 0.8}
    with put_on(
        family, {("ip_adapter", "like"): path}, InputImages(ip_adapter=picture), ip_adapter=requested
    ) as fitted:
        drawn = draw(fitted.pipe, **fitted.arguments)
    assert not same(drawn, before)
    assert loaded.pipe.unet.attn_processors == attention
    assert loaded.pipe.image_encoder is None
    assert same(draw(loaded.pipe), before)
    reference = bare(family)
    reference.register_modules(image_encoder=CLIPVisionModelWithProjection.from_pretrained(path / "image_encoder"))
    reference.load_ip_adapter(str(path), subfolder="", weight_name="ip-adapter.safetensors")
    reference.set_ip_adapter_scale(0.8)
    assert same(drawn, draw(reference, ip_adapter_image=picture))


@pytest.mark.parametrize(("family", "code"), [("sd", "adapter_invalid"), ("flux", "refused")])
def test_an_ip_adapter_that_does_not_fit_leaves_the_checkpoint_whole(load, put_on, weights, picture, family, code):
    before = draw(load(family).pipe)
    requested = {"model": "like", "image": PICTURE}
    files = {("ip_adapter", "like"): weights("ip_adapter", "sdxl", suffix="")}
    with (
        pytest.raises(GenerationError) as caught,
        put_on(family, files, InputImages(ip_adapter=picture), ip_adapter=requested) as fitted,
    ):
        draw(fitted.pipe, **fitted.arguments)
    assert caught.value.code == code
    assert same(draw(load(family).pipe), before)


# The refiner


def test_the_refiner_draws_the_last_steps(load, bare, put_on, weights):
    path = weights("refiner", suffix="")
    before = draw(load("sdxl").pipe, num_inference_steps=4)

    def run(pipe, arguments):
        return pipe(**{"output_type": "np", **arguments}).images

    call = {**CALL, "num_inference_steps": 4, "generator": torch.Generator().manual_seed(1)}
    requested = {"checkpoint": "fine", "start": 0.5}
    with put_on("sdxl", {("refiner", "fine"): path}, refiner=requested) as fitted:
        latents = run(fitted.pipe, {**call, **stopping(fitted)})
        drawn = refine(run, fitted, call, latents)
    assert drawn.shape == before.shape
    assert not same(drawn, before)
    assert same(draw(load("sdxl").pipe, num_inference_steps=4), before)
    base = bare("sdxl")
    fine = diffusers.StableDiffusionXLImg2ImgPipeline.from_pretrained(path, vae=base.vae, add_watermarker=False)
    generator = torch.Generator().manual_seed(1)
    common = {"prompt": CALL["prompt"], "num_inference_steps": 4, "guidance_scale": 4.0, "generator": generator}
    latents = base(**common, width=64, height=64, denoising_end=0.5, output_type="latent").images
    expected = fine(**common, image=latents, denoising_start=0.5, output_type="np").images
    assert same(drawn, expected)
