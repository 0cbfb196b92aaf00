"""A denoiser in one file and shared parts generate what the same weights generate as a folder, bit for bit."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers import DiffusionPipeline
from diffusers.quantizers.gguf.utils import dequantize_gguf_tensor
from safetensors.torch import save_file

from generation.errors import GenerationError
from generation.pipelines.adapters import apply_adapters
from generation.weights.sources import CheckpointSource, SharedPart, WeightsSource
from tests.generation.pipelines.adapters.conftest import run_pipeline, same
from tests.generation.pipelines.conftest import ask
from tests.support.tiny import adapters, checkpoints, flux_parts


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    return flux_parts.save_parts(tmp_path_factory.mktemp("parts"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The same weights as a folder, by diffusers alone; in memory of their own, not at odd places of a file's."""
    folder = checkpoints.save_folder("flux", tmp_path_factory.mktemp("whole") / "flux")
    pipe = DiffusionPipeline.from_pretrained(folder, use_safetensors=True)
    for part in ("transformer", "text_encoder", "text_encoder_2", "vae"):
        for parameter in getattr(pipe, part).parameters():
            parameter.data = parameter.data.clone()
    return pipe


def joined(path, parts, slug="pieces"):
    shared = tuple(SharedPart(part, part, str(one)) for part, one in parts.items())
    return CheckpointSource(slug, "denoiser", str(path), parts=shared)


@pytest.mark.parametrize(
    ("names", "prefix"),
    [
        (flux_parts.original_names, ""),
        (flux_parts.original_names, "model.diffusion_model."),
        (lambda transformer: transformer.state_dict(), ""),
    ],
)
def test_pieces_generate_what_the_folder_generates(cache, whole, parts, tmp_path, names, prefix):
    path = flux_parts.save_denoiser(tmp_path / "flux.safetensors", names=names, prefix=prefix)
    loaded = cache.get(joined(path, parts))
    assert loaded.family == "flux"
    generated = run_pipeline(loaded.pipe)
    cache.drop("pieces")
    assert same(generated, run_pipeline(whole))


def test_gguf_generates_what_its_numbers_generate_in_full(cache, whole, parts, tmp_path):
    loaded = cache.get(joined(flux_parts.save_gguf(tmp_path / "flux.gguf"), parts, "small"))
    quantized = run_pipeline(loaded.pipe)
    state = loaded.pipe.transformer.state_dict()
    assert state["x_embedder.weight"].dtype == torch.uint8
    assert 0 < np.abs(quantized - run_pipeline(whole)).max() < 0.05
    full = {name: dequantize_gguf_tensor(one).float() if is_quantized(one) else one for name, one in state.items()}
    save_file({name: one.contiguous().clone() for name, one in full.items()}, tmp_path / "full.safetensors")
    assert same(quantized, run_pipeline(cache.get(joined(tmp_path / "full.safetensors", parts, "full")).pipe))
    cache.drop("small")
    cache.drop("full")


def test_precision_quantized_leaves_gguf_as_it_is(cache, parts, tmp_path):
    source = joined(flux_parts.save_gguf(tmp_path / "flux.gguf"), parts, "small")
    loaded = cache.get(replace(source, precision="quantized"))
    assert is_quantized(loaded.pipe.transformer.state_dict()["x_embedder.weight"])
    assert np.isfinite(run_pipeline(loaded.pipe)).all()
    cache.drop("small")


def is_quantized(tensor):
    return getattr(tensor, "quant_type", None) is not None


def test_float8_with_scales_is_undone(cache, parts, tmp_path):
    tensors = flux_parts.original_names(checkpoints.example_of("flux").transformer)
    stored, exact = {}, {}
    for name, one in tensors.items():
        if name.endswith("img_attn.qkv.weight"):
            scale = torch.tensor(0.5)
            stored[name] = (one / scale).to(torch.float8_e4m3fn)
            stored[name.replace(".weight", ".scale_weight")] = scale
            exact[name] = stored[name].float() * scale
        else:
            stored[name] = exact[name] = one
    save_file(stored | {"scaled_fp8": torch.zeros(2, dtype=torch.float8_e4m3fn)}, tmp_path / "a.safetensors")
    save_file(exact, tmp_path / "b.safetensors")
    images = []
    for name in "ab":
        images.append(run_pipeline(cache.get(joined(tmp_path / f"{name}.safetensors", parts, name)).pipe))
        cache.drop(name)
    assert same(*images)


def test_a_part_of_the_wrong_width_is_refused(cache, parts, tmp_path):
    path = flux_parts.save_denoiser(tmp_path / "flux.safetensors")
    wide = {**checkpoints.example_of("sdxl").text_encoder_2.state_dict()}
    save_file(
        {f"text_model.{k.removeprefix('text_model.')}": v.clone() for k, v in wide.items()}, tmp_path / "g.safetensors"
    )
    with pytest.raises(
        GenerationError, match=r"needs CLIP of width 32, and g\.safetensors is CLIP of width 64"
    ) as caught:
        cache.get(joined(path, parts | {"text_encoder": tmp_path / "g.safetensors"}))
    assert caught.value.code == "checkpoint_invalid"


def test_a_part_that_is_not_there_is_named(cache, parts, tmp_path):
    path = flux_parts.save_denoiser(tmp_path / "flux.safetensors")
    with pytest.raises(GenerationError, match="lacks its part T5 of width 32"):
        cache.get(joined(path, {name: one for name, one in parts.items() if name != "text_encoder_2"}))


def test_a_lora_acts_on_pieces_and_on_gguf_and_leaves_no_trace(cache, parts, tmp_path):
    path = adapters.peft_lora("flux", tmp_path / "ink.safetensors")
    lora = {("lora", "ink"): WeightsSource("lora", "ink", path, family="flux")}
    sources = {
        "pieces": joined(flux_parts.save_denoiser(tmp_path / "flux.safetensors"), parts),
        "small": joined(flux_parts.save_gguf(tmp_path / "flux.gguf"), parts, "small"),
    }
    for slug, source in sources.items():
        loaded = cache.get(source)
        asked = ask(CheckpointSource("flux", "folder", "x"), loras=[{"name": "ink", "weight": 0.7}])
        before = run_pipeline(loaded.pipe)
        with apply_adapters(loaded, asked, lora) as applied:
            assert not same(run_pipeline(applied.pipe, **applied.arguments), before)
        assert same(run_pipeline(loaded.pipe), before)
        cache.drop(slug)
