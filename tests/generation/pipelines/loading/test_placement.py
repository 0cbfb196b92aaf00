"""Precision and placement of weights: every mode works and takes the expected memory."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from generation.errors import GenerationCancelled, GenerationError
from generation.pipelines import generate
from generation.pipelines.loading import load as loading
from generation.pipelines.loading import placement
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import Device, choose_device
from generation.pipelines.loading.load import load, measure_size
from generation.pipelines.loading.memory_budget import Machine, Room
from generation.pipelines.loading.memory_modes import WORKING_BYTES
from generation.pipelines.loading.placement import place, resolve_auto
from generation.pipelines.protocol import Part, Timings
from generation.pipelines.schedulers import make_scheduler
from tests.generation.pipelines.conftest import Recorder, ask

CPU = Device("cpu", torch.float32)


def run(source, cache, recorder=None, steps=1, seed=1):
    """Return the image of a few steps with `source`."""
    part = Part(ask(source, steps=steps, seed=seed), (0,), recorder or Recorder())
    [[image]] = generate.generate(source, [part], timings=Timings(), cache=cache)
    return np.asarray(image.image)


def difference(image, other):
    """Return how much two images differ, 0 to 255 a subpixel."""
    return float(np.abs(image.astype(int) - other).mean())


@pytest.mark.parametrize("family", ["sdxl", "sd3"])
def test_other_architectures_work_quantized(checkpoints, cache, family):
    image = run(replace(checkpoints[family], precision="quantized"), PipelineCache(CPU, 2**30))
    assert 0 < difference(image, run(checkpoints[family], cache)) < 2


def test_each_precision_works_and_takes_the_expected_memory(checkpoints, cache):
    exact = run(checkpoints["sd"], cache)
    assert difference(exact, run(checkpoints["sd"], cache, seed=2)) > 4
    fresh, sizes = PipelineCache(CPU, 2**30), {}
    for precision in ("full", "half", "bf16", "quantized"):
        image = run(replace(checkpoints["sd"], precision=precision), fresh)
        assert image.shape == exact.shape
        assert difference(image, exact) < 2
        assert (precision == "full") <= bool((image == exact).all())
        sizes[precision] = fresh.loaded()[-1].size_bytes
    assert sizes["half"] == sizes["bf16"]
    assert sizes["half"] == pytest.approx(sizes["full"] / 2, rel=0.01)
    assert sizes["quantized"] < sizes["half"]


def test_a_quantized_denoiser_is_stored_in_eight_bits_and_its_autoencoder_is_not(checkpoints):
    pipe = load(replace(checkpoints["sdxl"], precision="quantized"), CPU).pipe
    stored = {name: parameter.dtype for name, parameter in pipe.unet.named_parameters()}
    assert stored["mid_block.resnets.0.conv1.weight"] == torch.float8_e4m3fn
    assert stored["mid_block.resnets.0.norm1.weight"] == torch.bfloat16
    assert {parameter.dtype for parameter in pipe.vae.parameters()} == {torch.bfloat16}


def test_large_text_encoders_are_quantized_too(checkpoints, monkeypatch):
    monkeypatch.setattr(placement, "LARGE_ENCODER", 10_000)
    fresh = PipelineCache(CPU, 2**30)
    image = run(replace(checkpoints["flux"], precision="quantized"), fresh)
    assert 0 < difference(image, run(checkpoints["flux"], PipelineCache(CPU, 2**30))) < 2
    [loaded] = fresh.loaded()
    assert torch.float8_e4m3fn in {parameter.dtype for parameter in loaded.pipe.text_encoder_2.parameters()}


def kept_as(source, memory):
    """Load `source` in memory mode `memory`; on a CPU `resolve_auto` never offloads, because nothing is gained."""
    loaded = load(source, CPU)
    place(loaded.pipe, replace(loaded.source, memory_mode=memory), "cpu")
    return loaded


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_offloaded_weights_give_the_same_image(checkpoints, cache, family):
    exact = run(checkpoints[family], cache)
    loaded = kept_as(checkpoints[family], "offload")
    fresh = PipelineCache(CPU, 2**30, loader=lambda source, device: loaded)
    for _ in range(2):
        assert np.abs(run(checkpoints[family], fresh).astype(int) - exact).max() <= 1


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an accelerator to move weights to")
@pytest.mark.parametrize("memory", ["offload", "sequential"])
def test_an_accelerator_holds_less_and_gives_the_same_image(checkpoints, memory):
    cuda = choose_device("cuda")
    exact = run(checkpoints["sdxl"], PipelineCache(cuda, 2**30))
    fresh = PipelineCache(cuda, 2**30)
    image = run(replace(checkpoints["sdxl"], memory_mode=memory), fresh)
    assert np.abs(image.astype(int) - exact).max() <= 2
    [loaded] = fresh.loaded()
    assert loaded.device_bytes < loaded.size_bytes
    assert torch.cuda.memory_allocated() < loaded.size_bytes


def test_offloaded_weights_count_by_what_is_on_the_device(checkpoints, monkeypatch):
    monkeypatch.setattr(
        loading,
        "resolve_auto_from_headers",
        lambda source, *rest: replace(source, precision="full", memory_mode="offload"),
    )
    loaded = load(checkpoints["sd"], CPU)
    assert loaded.device_bytes == max(measure_size(loaded.pipe, only=name) for name in loaded.pipe.components)
    assert loaded.device_bytes < loaded.size_bytes


def test_a_cancelled_run_leaves_an_offloaded_pipeline_as_it_was(checkpoints, cache, monkeypatch):
    exact = run(checkpoints["sd"], cache)
    loaded = kept_as(checkpoints["sd"], "offload")
    fresh = PipelineCache(CPU, 2**30, loader=lambda source, device: loaded)
    with pytest.raises(GenerationCancelled):
        run(checkpoints["sd"], fresh, Recorder(cancel_at=1), steps=2)
    assert len(loaded.pipe._all_hooks) > 1
    assert np.abs(run(checkpoints["sd"], fresh).astype(int) - exact).max() <= 1


def test_explicit_choices_are_kept_and_auto_is_resolved(checkpoints):
    cuda = Device("cuda:0", torch.float16)
    usable = Room(int(3.5 * 2**30), 2**40)
    sizes = {"weights": 3_469_000_000, "biggest": 2_567_000_000, "device": cuda, "usable": usable}
    settled = resolve_auto(checkpoints["sdxl"], family="sdxl", **sizes)
    assert (settled.precision, settled.memory_mode, settled.tiled_vae) == ("quantized", "offload", "auto")
    requested = replace(checkpoints["sdxl"], precision="half", memory_mode="sequential", tiled_vae="off")
    assert resolve_auto(requested, family="sdxl", **sizes) == requested
    roomy = resolve_auto(checkpoints["flux"], family="flux", **{**sizes, "usable": Room(2**40)})
    assert (roomy.precision, roomy.memory_mode, roomy.tiled_vae) == ("bf16", "resident", "auto")


def test_a_checkpoint_that_ran_out_of_memory_alone_gets_a_smaller_memory_mode(checkpoints, cache, monkeypatch):
    """Both runs are real: the one that runs out of memory, and the next one in half the precision."""
    fresh, source = PipelineCache(CPU, 2**30), checkpoints["sd"]
    smaller = run(replace(source, precision="bf16", tiled_vae="on"), cache)
    real, kept = generate.generate_images, []

    def generate_or_run_out(loaded, *args, **kwargs):
        kept.append(loaded.source.precision)
        if loaded.source.precision == "full":
            raise MemoryError
        return real(loaded, *args, **kwargs)

    monkeypatch.setattr(generate, "generate_images", generate_or_run_out)
    assert (run(source, fresh) == smaller).all()
    assert (run(source, fresh) == smaller).all()
    assert kept == ["full", "bf16", "bf16"]
    usual = 512 * 512
    assert not fresh.step_down(source, pixels=usual + 1)
    assert fresh.step_down(source, pixels=usual)
    assert fresh.loaded() == []
    assert not fresh.step_down(source, pixels=usual)
    assert not fresh.step_down(replace(source, precision="full"), pixels=usual)


def test_short_memory_is_seen_before_loading(checkpoints, monkeypatch):
    short = Machine("cpu", WORKING_BYTES, WORKING_BYTES)
    monkeypatch.setattr(Device, "measure", lambda self, **sharing: short)
    assert PipelineCache(CPU, 2**30).get(checkpoints["sd"]).source.precision == "quantized"


def test_an_administrator_overrides_what_is_predicted(checkpoints, cache):
    pipe = load(replace(checkpoints["sd"], prediction_type="v_prediction"), CPU).pipe
    for sampler in ("ddim", "euler", "dpmpp_2m", "unipc"):
        assert make_scheduler(pipe, sampler, "normal").config.prediction_type == "v_prediction"
    exact, other = run(checkpoints["sd"], cache), run(replace(checkpoints["sd"], prediction_type="sample"), cache)
    assert (exact != other).any()
    cache.drop("sd")


def test_other_memory_settings_are_other_pipelines(checkpoints):
    cache = PipelineCache(CPU, 2**30)
    kept = cache.get(checkpoints["sd"])
    assert cache.get(replace(checkpoints["sd"], precision="bf16")) is not kept
    assert cache.get(checkpoints["sd"]) is kept
    assert cache.drop("sd")
    assert cache.loaded() == []


def test_eight_bits_are_refused_where_the_accelerator_has_none(checkpoints, monkeypatch):
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 2**34)
    monkeypatch.setattr(torch.mps, "driver_allocated_memory", lambda: 0)
    mps = Device("mps", torch.float16)
    cache = PipelineCache(mps)
    with pytest.raises(GenerationError, match="sd is set to be quantized, and Apple's accelerators have no") as caught:
        cache.get(replace(checkpoints["sd"], precision="quantized"))
    assert caught.value.code == "checkpoint_invalid"
    sizes = {"weights": 100, "biggest": 100, "device": mps, "usable": Room(2**40)}
    assert resolve_auto(checkpoints["sd"], family="sd", **sizes).precision == "half"
