"""What the cache of pipelines loads, and how, on cards that are made up of numbers."""

import pytest
import torch

from generation.errors import GenerationError
from generation.pipelines import generate
from generation.pipelines.loading import releasable
from generation.pipelines.loading.cache import WORTH_RELEASING, PipelineCache
from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.load import load
from generation.pipelines.loading.memory_budget import FORGET_SECONDS, GIB, Machine
from generation.pipelines.protocol import Part, Timings
from generation.weights.sources import CheckpointSource
from tests.generation.pipelines.conftest import OutOfMemory, Recorder, ask
from tests.support.made_up_machine import Card

CPU = Device("cpu", torch.float32)
# Weights of all parts and of the biggest, bytes in 16 bit.
SIZES = {
    "flux-a": (33_740_000_000, 23_802_000_000),
    "flux-b": (33_740_000_000, 23_802_000_000),
    "sd3": (15_384_000_000, 9_524_000_000),
    "sdxl": (6_938_000_000, 5_134_000_000),
    "sdxl-b": (6_938_000_000, 5_134_000_000),
}
RESIDENT, OFFLOAD, QUANTIZED = ("half", "resident"), ("half", "offload"), ("quantized", "offload")


def card(gib, kind="cuda", **more):
    made_up = Card(kind, int(gib * GIB), **more)
    made_up.sizes = SIZES
    return made_up


def ways(cache):
    """Return how each checkpoint was loaded, in turn."""
    return [way for _, way, _ in cache.loads]


def test_an_offloaded_checkpoint_is_not_taken_for_free_memory():
    """Two checkpoints of Flux's size, and one half as large, in turn on a card with 23.3 GiB free."""
    [cache] = card(23.3).caches
    for slug in ("flux-a", "flux-b", "flux-a", "sd3"):
        assert cache.run(slug, GIB // 8) == "done"
    assert [(slug, way) for slug, way, _ in cache.loads] == [
        ("flux-a", OFFLOAD),
        ("flux-b", OFFLOAD),
        ("flux-a", OFFLOAD),
        ("sd3", RESIDENT),
    ]


def test_the_mode_that_failed_is_followed_by_the_next_smaller_one():
    [cache] = card(8).caches
    assert cache.run("sdxl", 2 * GIB) == "done"
    assert ways(cache) == [RESIDENT, OFFLOAD]


def test_a_shortage_of_another_process_passes():
    made_up = card(24, others=20 * GIB)
    [cache] = made_up.caches
    assert cache.run("sdxl", GIB) == "done"
    made_up.others = 0
    assert cache.run("sdxl", GIB) == "done"
    made_up.now = FORGET_SECONDS
    assert cache.run("sdxl", GIB) == "done"
    assert ways(cache) == [QUANTIZED, RESIDENT]


def test_a_failure_is_forgotten_after_a_time_that_doubles_while_it_comes_back():
    made_up = card(8)
    [cache] = made_up.caches
    times = []
    for minute in range(80):
        made_up.now = minute * 60.0
        cache.loads.clear()
        assert cache.run("sdxl", 2 * GIB) == "done"
        times += [minute] * (ways(cache)[:1] == [RESIDENT])
    assert times == [0, 10, 30, 70]


def test_adapters_are_released_before_a_smaller_mode_is_chosen():
    [cache] = card(12).caches
    assert cache.run("sdxl", GIB) == "done"
    cache.adapters = 4 * GIB
    assert cache.run("sdxl", 3 * GIB) == "done"
    assert (ways(cache), cache.adapters) == ([RESIDENT], 0)
    cache.adapters = 5 * GIB
    cache.drop("sdxl")
    assert cache.run("sdxl-b", GIB) == "done"
    assert (ways(cache), cache.adapters) == ([RESIDENT, RESIDENT], 0)
    cache.adapters = GIB
    cache.unload()
    assert cache.adapters == 0


def test_adapters_stay_while_there_is_room_beside_them():
    [cache] = card(24).caches
    cache.adapters = GIB
    assert cache.run("sdxl", GIB) == "done"
    assert cache.adapters == GIB


def test_workers_of_one_card_share_it():
    made_up = card(16.5, workers=2)
    for cache in made_up.caches:
        assert cache.run("sdxl", GIB // 4) == "done"
        assert cache.run("sdxl-b", GIB // 4) == "done"  # takes the place of the first
    assert [ways(cache) for cache in made_up.caches] == [[RESIDENT, RESIDENT]] * 2
    assert all(cache.bytes_for_images("sdxl-b") < 2 * GIB for cache in made_up.caches)
    alone = card(16.5).caches[0]
    assert alone.run("flux-a", 0) == "done"
    assert made_up.caches[0].run("flux-a", 0) == "done"
    assert (ways(alone), ways(made_up.caches[0])[-1]) == ([QUANTIZED], ("half", "sequential"))


def test_no_free_memory_at_the_start_is_said_and_passes():
    made_up = card(24, others=24 * GIB)
    [cache] = made_up.caches
    with pytest.raises(GenerationError) as caught:
        cache.get(CheckpointSource("sdxl", "file", "sdxl"))
    assert caught.value.code == "checkpoint_too_large"
    assert caught.value.message == (
        "sdxl needs 0.2 GiB on cuda:0 (at most 0.0 can be used now), so the job failed; "
        "choose a smaller checkpoint, or try again when memory is free."
    )
    made_up.others = 0
    assert cache.run("sdxl", GIB) == "done"
    assert ways(cache) == [RESIDENT]


@pytest.mark.parametrize(
    ("made_up", "message"),
    [
        (card(4, host_total=8 * GIB), "flux-a needs 31.4 GiB of the machine's memory (at most 8.0 can be used now)"),
        (card(24, "mps", host_total=24 * GIB), "flux-a needs 31.7 GiB on mps (at most 24.0 can be used now)"),
        (card(4, "cpu", host_total=4 * GIB), "flux-a needs 15.7 GiB on cpu (at most 4.0 can be used now)"),
    ],
)
def test_a_checkpoint_larger_than_device_and_host_fails_its_job_alone(made_up, message):
    [cache] = made_up.caches
    with pytest.raises(GenerationError) as caught:
        cache.get(CheckpointSource("flux-a", "file", "flux-a"))
    assert (caught.value.code, caught.value.message.split(", so the job")[0]) == ("checkpoint_too_large", message)
    made_up.sizes = {**SIZES, "small": (GIB, GIB)}
    assert cache.run("small", 0) == "done"


def test_images_get_what_weights_leave():
    made_up = card(23.3)
    [cache] = made_up.caches
    assert cache.bytes_for_images("sdxl") == made_up.total
    cache.run("sdxl", GIB)
    weights = SIZES["sdxl"][0]
    assert cache.bytes_for_images("sdxl") == made_up.total - weights
    cache.run("flux-a", 0)  # offloaded: its largest part comes onto the device for every call
    assert cache.bytes_for_images("flux-a") == made_up.total - SIZES["flux-a"][1]
    assert cache.bytes_for_images("sdxl") == made_up.total - weights


@pytest.fixture
def beside(monkeypatch):
    """Return a function that registers adapters of that many bytes, and the list of how often they were released."""
    monkeypatch.setattr(releasable, "_stores", {})
    released = []

    def register(size):
        sizes = [size]

        def release():
            released.append(sizes[0])
            sizes[0] = 0

        releasable.register("made up", releasable.Releasable(lambda _name: sizes[0], release))

    return register, released


def precisions(cache):
    return [loaded.source.precision for loaded in cache.loaded()]


@pytest.mark.parametrize(("size", "precision"), [(WORTH_RELEASING, "full"), (WORTH_RELEASING - 1, "bf16")])
def test_a_call_is_repeated_once_large_adapters_were_released(checkpoints, beside, size, precision):
    register, released = beside
    register(size)
    cache, source = PipelineCache(CPU), checkpoints["sd"]
    [[image]] = generate.generate(
        source, [Part(ask(source, steps=1), (0,), OutOfMemory(1))], timings=Timings(), cache=cache
    )
    assert image.image.size == (64, 64)
    assert released[0] == size
    assert precisions(cache) == [precision]


def test_a_shortage_while_loading_takes_smaller_modes_and_ends_in_one_sentence(checkpoints, beside):
    failing, tried = {"full", "bf16"}, []

    def loader(source, device):
        tried.append(source.precision)
        if source.precision in failing:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return load(source, device)

    cache, source = PipelineCache(CPU, loader=loader), checkpoints["sd"]
    assert cache.get(source).source.precision == "quantized"
    assert tried == ["full", "bf16", "quantized"]
    cache.unload()
    failing.add("quantized")
    with pytest.raises(GenerationError, match="sd ran out of memory on cpu while it was loaded, so the job") as caught:
        cache.get(source)
    assert caught.value.code == "checkpoint_too_large"
    failing.clear()
    assert precisions(cache) == []
    assert cache.get(source).source.precision == "quantized"  # the shortage may last
    explicit = CheckpointSource("sd", "folder", source.location, precision="full", memory_mode="resident")
    assert cache.get(explicit).source.precision == "full"


def test_generating_without_free_memory_fails_with_a_sentence_and_the_next_job_is_unharmed(checkpoints, monkeypatch):
    cache, source = PipelineCache(CPU), checkpoints["sd"]
    parts = [Part(ask(source, steps=1), (0, 1), Recorder())]
    with monkeypatch.context() as patch:
        patch.setattr(Device, "measure", lambda self, **sharing: Machine("cpu", 0, 2**40))
        with pytest.raises(GenerationError, match=r"sd needs .* GiB on cpu \(at most 0.0 can be used now\)") as caught:
            generate.generate(source, parts, timings=Timings(), cache=cache)
    assert caught.value.code == "checkpoint_too_large"
    [images] = generate.generate(source, parts, timings=Timings(), cache=cache)
    assert len(images) == 2


def test_a_call_is_repeated_once_another_checkpoint_was_released(checkpoints, beside):
    cache, source = PipelineCache(CPU, 2**30), checkpoints["sd"]
    cache.get(checkpoints["z_image"])
    part = Part(ask(source, steps=1), (0,), OutOfMemory(1))
    [[image]] = generate.generate(source, [part], timings=Timings(), cache=cache)
    assert image.image.size == (64, 64)
    assert [loaded.source.slug for loaded in cache.loaded()] == ["sd"]
    assert precisions(cache) == ["full"]


def test_a_call_is_repeated_if_its_adapters_were_released_when_memory_ran_out(checkpoints, beside):
    register, _ = beside
    register(WORTH_RELEASING)

    class ReleasesFirst(OutOfMemory):
        def on_progress(self, step, total):
            if self.failures:
                releasable.release()
            super().on_progress(step, total)

    cache, source = PipelineCache(CPU), checkpoints["sd"]
    part = Part(ask(source, steps=1), (0,), ReleasesFirst(1))
    assert len(generate.generate(source, [part], timings=Timings(), cache=cache)[0]) == 1
    assert precisions(cache) == ["full"]


def test_a_call_that_fits_runs_once_and_releases_nothing(checkpoints, beside):
    register, released = beside
    register(WORTH_RELEASING)
    cache, source, hooks = PipelineCache(CPU, 2**30), checkpoints["sd"], Recorder()
    cache.get(checkpoints["z_image"])
    generate.generate(source, [Part(ask(source, steps=1), (0,), hooks)], timings=Timings(), cache=cache)
    assert hooks.progress == [(1, 1)]
    assert (len(cache.loaded()), released) == (2, [])


def test_an_image_larger_than_the_checkpoints_own_size_takes_no_smaller_mode(checkpoints, beside):
    """The second pass counts, which would come after the shortage; it may never fit, and the others would be slower."""
    cache, source = PipelineCache(CPU), checkpoints["sd"]
    hires = {"scale": 3, "steps": 1, "strength": 0.6, "upscaler": "lanczos"}
    asked = ask(source, width=256, height=256, steps=1, hires=hires)
    with pytest.raises(GenerationError, match="one image of 768x768 did not fit") as caught:
        generate.generate(source, [Part(asked, (0,), OutOfMemory(1))], timings=Timings(), cache=cache)
    assert caught.value.code == "out_of_memory"
    generate.generate(source, [Part(ask(source, steps=1), (0,), Recorder())], timings=Timings(), cache=cache)
    assert precisions(cache) == ["full"]
