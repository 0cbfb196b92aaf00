"""One batch from parameters to images: the same as the bare pipeline, complete or not at all."""

import numpy as np
import pytest
import torch

from generation.errors import GenerationCancelled, GenerationError
from generation.pipelines import generate
from generation.pipelines.arguments import call_arguments
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import choose_device
from generation.pipelines.protocol import Part, Timings
from generation.pipelines.schedulers import make_scheduler
from tests.generation.pipelines.conftest import OutOfMemory, Recorder, ask


def run(source, parameters, cache, indices=(0,), hooks=None, timings=None):
    part = Part(parameters, tuple(indices), hooks or Recorder())
    [generated] = generate.generate(source, [part], timings=timings or Timings(), cache=cache)
    if isinstance(generated, GenerationError):
        raise generated
    return generated


def pixels(generated):
    return np.asarray(generated.image)


@pytest.mark.parametrize("name", ["starter", "sd", "sdxl", "sd3", "flux", "z_image", "sd-file", "sdxl-file"])
def test_it_gives_the_same_images_as_the_bare_pipeline(checkpoints, cache, name):
    source = checkpoints[name]
    parameters = ask(source, preview={"every": 1})
    generated = run(source, parameters, cache, indices=[0, 1])
    loaded = cache.get(source)
    own = loaded.pipe.scheduler
    loaded.pipe.scheduler = make_scheduler(loaded.pipe, parameters.sampler, parameters.schedule, steps=parameters.steps)
    try:
        bare = loaded.pipe(**call_arguments(loaded, [Part(parameters, (0, 1), Recorder())])).images
    finally:
        loaded.pipe.scheduler = own
    for ours, theirs in zip(generated, bare, strict=True):
        assert np.array_equal(pixels(ours), np.asarray(theirs))
    assert pixels(generated[0]).std() > 1


def test_a_sampler_that_adds_noise_is_reproducible(starter, cache):
    parameters = ask(starter, sampler="dpmpp_2m_sde", schedule="karras")
    assert np.array_equal(pixels(run(starter, parameters, cache)[0]), pixels(run(starter, parameters, cache)[0]))


def test_an_image_is_the_same_whichever_batch_made_it(starter, cache):
    """Image k has seed + k and a generator of its own, so a rerun makes only the missing ones."""
    parameters = ask(starter, sampler="euler_a", schedule="normal", seed=5)
    together = run(starter, parameters, cache, indices=[0, 1, 2])
    again = run(starter, parameters, cache, indices=[2, 4, 1])
    assert [image.index for image in again] == [2, 4, 1]
    assert [image.seed for image in again] == [7, 9, 6]
    assert again[0].batch_size == 3
    assert np.array_equal(pixels(together[2]), pixels(again[0]))
    assert np.array_equal(pixels(together[1]), pixels(again[2]))
    alone = run(starter, parameters.with_changes(seed=9), cache)[0]
    assert np.abs(pixels(alone).astype(int) - pixels(again[1]).astype(int)).max() <= 2  # batch sizes differ


def test_nothing_starts_once_cancelled(starter, cache):
    hooks = Recorder(cancel_at=0)
    with pytest.raises(GenerationCancelled):
        run(starter, ask(starter), cache, hooks=hooks)
    assert hooks.progress == []


def test_it_upscales_the_generated_image(starter, cache):
    parameters = ask(starter)
    plain = run(starter, parameters, cache)[0].image
    upscaled = run(starter, parameters.with_changes(upscale_by=4), cache)[0].image
    assert upscaled.size == (512, 512)
    assert upscaled == plain.resize((512, 512), resample=1)  # 1: Lanczos


def test_it_reports_how_long_each_phase_took(starter, cache):
    timings = Timings()
    run(starter, ask(starter), cache, timings=timings)
    assert set(timings.seconds) >= {"load", "encode", "denoise", "decode", "upscale"}
    took = {name for name, seconds in timings.seconds.items() if seconds > 0}
    assert {"encode", "denoise", "decode"} <= took
    assert timings.seconds["upscale"] < timings.seconds["denoise"]  # nothing was enlarged


def test_numbers_out_of_range_are_an_error(starter, cache):
    loaded = cache.get(starter)
    weight = next(loaded.pipe.unet.parameters())
    kept = weight.detach().clone()
    with torch.no_grad():
        weight.fill_(float("nan"))
    try:
        with pytest.raises(GenerationError) as caught:
            run(starter, ask(starter), cache)
    finally:
        with torch.no_grad():
            weight.copy_(kept)
    assert caught.value.code == "checkpoint_invalid"


def test_a_size_that_the_family_cannot_generate_is_refused(checkpoints, cache):
    source = checkpoints["sd3"]
    with pytest.raises(GenerationError, match="multiples of 16; got 72x64") as caught:
        run(
            source, ask(source).with_changes(width=72, height=64), cache
        )  # past the request's validation, which refuses it too
    assert caught.value.code == "refused"


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("DefaultCPUAllocator: can't allocate memory")]
)
def test_out_of_memory_unloads_everything_and_the_next_run_works(starter, error):
    """A real shortage of memory would affect the whole machine, so a step raises the error itself."""
    cache = PipelineCache(choose_device("cpu"), 2**30)
    parameters = ask(starter)

    class Full(Recorder):
        def on_progress(self, step, total):
            raise error

    with pytest.raises(GenerationError, match="one image of 128x128 did not fit") as caught:
        run(starter, parameters, cache, hooks=Full())
    assert caught.value.code == "out_of_memory"
    assert cache.loaded() == []
    assert len(run(starter, parameters, cache)) == 1


def test_another_runtime_error_is_not_taken_for_out_of_memory(starter, cache):
    class Broken(Recorder):
        def on_progress(self, step, total):
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        run(starter, ask(starter), cache, hooks=Broken())


def test_a_missing_checkpoint_says_so(starter, cache, tmp_path):
    source = type(starter)("gone", "folder", str(tmp_path / "gone"))
    with pytest.raises(GenerationError) as caught:
        run(source, ask(starter), cache)
    assert caught.value.code == "checkpoint_missing"


def test_a_shortage_names_the_size_of_the_largest_pass(starter, cache):
    hires = {"scale": 1.5, "steps": 1, "strength": 0.6, "upscaler": "lanczos"}
    parameters = ask(starter, width=128, height=64, steps=1, hires=hires)
    part = Part(parameters, (0, 1), OutOfMemory(9))
    with pytest.raises(GenerationError, match="2 images of 192x96 did not fit into memory together") as caught:
        generate.generate(starter, [part], timings=Timings(), cache=PipelineCache(choose_device("cpu"), 2**30))
    assert caught.value.code == "out_of_memory"


def test_a_process_knows_how_many_others_share_its_device_and_the_machine(monkeypatch):
    monkeypatch.setattr(generate, "_cache", None)
    threads = torch.get_num_threads()
    try:
        assert generate.prepare(device="cpu", device_workers=2, host_workers=3) == "cpu"
        machine = generate.default_cache()._planner.measure()
        assert (machine.device_workers, machine.host_workers) == (2, 3)
        assert (generate.hardware(), generate.loaded_slugs()) == ("cpu", ())
        generate.prepare(device="cpu", memory_gb=1.5, device_workers=0, host_workers=0)
        machine = generate.default_cache()._planner.measure()
        assert (machine.device_workers, machine.host_workers) == (1, 1)
        assert generate.default_cache().budget_bytes == 3 * 2**29
    finally:
        torch.set_num_threads(threads)
