"""What stays in memory, on which device, and what happens when a checkpoint is broken."""

import os
import shutil
import weakref

import pytest
import torch
from safetensors.torch import load_file, save_file

from generation.errors import GenerationError
from generation.pipelines import generate as diffusion
from generation.pipelines.generate import generate
from generation.pipelines.loading import devices
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import Device, choose_device
from generation.pipelines.loading.load import load, measure_size
from generation.pipelines.loading.single_file import clip_tokenizer
from generation.pipelines.protocol import Part, Timings
from generation.weights.sources import CheckpointSource
from tests.generation.pipelines.conftest import Recorder, ask

CPU = Device("cpu", torch.float32)


def slugs(cache):
    return [loaded.source.slug for loaded in cache.loaded()]


def test_a_loaded_checkpoint_is_kept(checkpoints):
    cache = PipelineCache(CPU, 2**30)
    assert cache.get(checkpoints["sd"]) is cache.get(checkpoints["sd"])


def test_the_least_recently_used_makes_room(checkpoints):
    sizes = {name: measure_size(load(checkpoints[name], CPU).pipe) for name in ("sd", "flux")}
    cache = PipelineCache(CPU, sizes["sd"] + sizes["flux"] + 100_000)  # a file is its weights and a header
    cache.get(checkpoints["sd"])
    cache.get(checkpoints["flux"])
    assert slugs(cache) == ["sd", "flux"]
    cache.get(checkpoints["sd"])
    cache.get(CheckpointSource("another", "folder", checkpoints["flux"].location))
    assert slugs(cache) == ["sd", "another"]


def test_a_checkpoint_larger_than_the_budget_is_loaded_alone(checkpoints):
    cache = PipelineCache(CPU, 1)
    cache.get(checkpoints["flux"])
    cache.get(checkpoints["sd"])
    assert slugs(cache) == ["sd"]


def test_switching_back_to_a_loaded_checkpoint_costs_no_load(checkpoints):
    loads = []

    def counted(source, device):
        loads.append(source.slug)
        return load(source, device)

    cache = PipelineCache(CPU, 2**30, loader=counted)
    for number in range(200):
        cache.get(checkpoints[("sd", "flux")[number % 2]])
    assert loads == ["sd", "flux"]


def test_what_is_dropped_leaves_nothing_behind(checkpoints):
    """Neither previews nor schedulers nor callbacks keep weights that made room for others."""
    cache = PipelineCache(CPU, 1)
    seen = []
    for number in range(6):
        source = checkpoints[("sd", "sdxl")[number % 2]]
        generate(source, [Part(ask(source, steps=1), (0,), Recorder())], timings=Timings(), cache=cache)
        [loaded] = cache.loaded()
        seen.append(weakref.ref(loaded.pipe.unet))
        del loaded
    assert [unet() is None for unet in seen] == [True] * 5 + [False]


def test_the_same_name_with_other_weights_is_another_checkpoint(checkpoints):
    cache = PipelineCache(CPU, 2**30)
    first = cache.get(CheckpointSource("one", "folder", checkpoints["sd"].location))
    assert cache.get(CheckpointSource("one", "folder", checkpoints["flux"].location)) is not first
    assert cache.drop("one")
    assert not cache.drop("one")
    assert cache.loaded() == []


def test_a_failure_leaves_the_cache_usable(checkpoints, tmp_path):
    cache = PipelineCache(CPU, 2**30)
    kept = cache.get(checkpoints["sd"])
    with pytest.raises(GenerationError):
        cache.get(CheckpointSource("gone", "folder", str(tmp_path / "gone")))
    assert cache.get(checkpoints["sd"]) is kept
    cache.unload()
    assert cache.loaded() == []


def test_weights_are_loaded_in_one_precision(starter):
    """transformers heeds a dtype in a config, and half a text encoder with a whole denoiser fails at the first step."""
    loaded = load(starter, CPU)
    parts = (loaded.pipe.unet, loaded.pipe.vae, loaded.pipe.text_encoder)
    assert {parameter.dtype for part in parts for parameter in part.parameters()} == {torch.float32}
    half = load(starter, Device("cpu", torch.float16))
    assert half.size_bytes < loaded.size_bytes * 0.6


def test_half_precision_depends_on_the_family():
    half = Device("cuda:0", torch.float16)
    assert half.dtype_for("sdxl") == torch.float16
    assert half.dtype_for("flux") == torch.bfloat16
    assert CPU.dtype_for("flux") == torch.float32


def test_no_safety_checker_comes_along(starter):
    assert load(starter, CPU).pipe.safety_checker is None


def test_half_precision_variants_are_loaded(checkpoints, tmp_path):
    copy = shutil.copytree(checkpoints["sd"].location, tmp_path / "copy")
    for part in ("unet", "vae", "text_encoder"):
        for weights in (copy / part).glob("*.safetensors"):
            weights.rename(weights.with_name(f"{weights.stem}.fp16.safetensors"))
    assert load(CheckpointSource("copy", "folder", str(copy)), CPU).family == "sd"


def test_weights_that_do_not_fit_their_config_are_invalid(checkpoints, tmp_path):
    copy = shutil.copytree(checkpoints["sd"].location, tmp_path / "copy")
    [weights] = (copy / "unet").glob("*.safetensors")
    tensors = load_file(weights)
    tensors["conv_in.weight"] = torch.zeros(7, 4, 3, 3)
    save_file(tensors, weights, metadata={"format": "pt"})
    with pytest.raises(GenerationError) as caught:
        load(CheckpointSource("copy", "folder", str(copy)), CPU)
    assert caught.value.code == "checkpoint_invalid"


def test_a_single_file_that_lacks_tensors_is_invalid(checkpoints, tmp_path):
    tensors = load_file(checkpoints["sd-file"].location)
    for name in [name for name in tensors if ".middle_block." in name]:
        del tensors[name]
    save_file(tensors, tmp_path / "holes.safetensors", metadata={"format": "pt"})
    with pytest.raises(GenerationError) as caught:
        load(CheckpointSource("holes", "file", str(tmp_path / "holes.safetensors")), CPU)
    assert caught.value.code == "checkpoint_invalid"


def test_a_hub_id_without_a_network_is_missing():
    with pytest.raises(GenerationError, match="could not be fetched") as caught:
        load(CheckpointSource("far", "hub", "nobody/nothing"), CPU)
    assert caught.value.code == "checkpoint_missing"


def test_clip_numbers_words_as_everywhere():
    """The numbers that CLIP itself gives; they are what the published text encoders were trained with."""
    ids = clip_tokenizer()("a photograph of an astronaut riding a horse").input_ids
    assert ids == [49406, 320, 8853, 539, 550, 18376, 6765, 320, 4558, 49407]


def test_a_device_that_is_not_there_is_named():
    assert choose_device("cpu") == CPU
    with pytest.raises(ValueError, match=r"SDSITE_DEVICE=cuda:99: this machine has .*cpu"):
        choose_device("cuda:99")


def test_one_core_is_left_to_the_rest(monkeypatch):
    before = torch.get_num_threads()
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(2)), raising=False)
    try:
        assert devices.leave_a_core() == 1
        assert torch.get_num_threads() == 1
        monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0}, raising=False)
        assert devices.leave_a_core() == 1
    finally:
        torch.set_num_threads(before)


def test_a_worker_prepares_once_and_draws_from_then_on(monkeypatch):
    monkeypatch.setattr(diffusion, "_cache", None)
    before = torch.get_num_threads()
    try:
        assert diffusion.prepare(device="cpu", memory_gb=0.5) == "cpu"
    finally:
        torch.set_num_threads(before)
    assert diffusion.default_cache().budget_bytes == 2**29
