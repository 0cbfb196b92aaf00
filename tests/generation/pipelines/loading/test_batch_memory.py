"""The size of a batch follows the memory that images take."""

import pytest
import torch

from generation.errors import GenerationError
from generation.pipelines.generate import generate
from generation.pipelines.loading.batch_memory import MOST_ON_CPU, MOST_ON_GPU, ImageMemory
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import Device, choose_device
from generation.pipelines.loading.memory_budget import FORGET_SECONDS
from generation.pipelines.protocol import Part, Timings
from tests.generation.pipelines.conftest import OutOfMemory, ask

SMALL = ("starter", 128, 128)


def together(source, cache, *parts, timings=None):
    """Generate parts given as (requested, indices, hooks) in one call."""
    made = [Part(ask(source, **requested), tuple(indices), hooks) for requested, indices, hooks in parts]
    return generate(source, made, timings=timings or Timings(), cache=cache)


def test_a_batch_that_does_not_fit_keeps_the_checkpoint_and_is_smaller_from_then_on(starter, checkpoints):
    cache = PipelineCache(choose_device("cpu"), 2**30)
    before = cache.image_memory.most_images(SMALL, "sd")
    with pytest.raises(GenerationError) as caught:
        together(starter, cache, ({}, [0, 1, 2, 3], OutOfMemory(1)))
    assert caught.value.code == "out_of_memory"
    assert [loaded.source.slug for loaded in cache.loaded()] == ["starter"]
    assert (before, cache.image_memory.most_images(SMALL, "sd")) == (MOST_ON_CPU, 2)


def test_one_image_that_does_not_fit_is_tried_with_nothing_else_loaded(starter, checkpoints):
    cache = PipelineCache(choose_device("cpu"), 2**30)
    cache.get(checkpoints["sd"])
    hooks = OutOfMemory(1)
    [[image]] = together(starter, cache, ({}, [0], hooks))
    assert image.batch_size == 1
    assert hooks.progress[-1] == (4, 4)
    assert [loaded.source.slug for loaded in cache.loaded()] == ["starter"]


def test_on_a_cpu_small_images_share_a_batch_and_the_site_may_set_its_size():
    memory = ImageMemory(Device("cpu", torch.float32))
    assert memory.most_images(("a", 512, 512), "sd") == 4
    assert memory.most_images(("a", 2048, 2048), "sd") == 1
    assert memory.most_images(SMALL, "sd") == MOST_ON_CPU
    assert memory.most_images(SMALL, "sd", at_most=12) == 12


def test_on_a_gpu_free_memory_decides_once_it_is_known_what_an_image_takes():
    memory = ImageMemory(Device("cuda:0", torch.float16))
    kind, gib = ("xl", 1024, 1024), 2**30
    assert memory.most_images(kind, "sdxl", free_bytes=100 * gib) == 2  # the family's usual number
    memory.learn(kind, 2, 8 * gib)
    assert memory.most_images(kind, "sdxl", free_bytes=100 * gib) == 4  # at most twice what was measured
    memory.learn(kind, 4, 12 * gib)
    memory.learn(kind, 1, 6 * gib)
    assert memory.most_images(kind, "sdxl", free_bytes=16 * gib) == 4
    assert memory.most_images(kind, "sdxl", free_bytes=8 * gib) == 2
    assert memory.most_images(kind, "sdxl", free_bytes=1 * gib) == 1
    assert memory.most_images(kind, "sdxl", at_most=3, free_bytes=100 * gib) == 3
    memory.learn(kind, 64, 192 * gib)
    assert memory.most_images(kind, "sdxl", free_bytes=1000 * gib) == MOST_ON_GPU
    memory.did_not_fit(kind, 6, free_bytes=1000 * gib)
    assert memory.most_images(kind, "sdxl", free_bytes=1000 * gib) == 3


def test_the_smallest_number_that_did_not_fit_counts_whatever_comes_later():
    memory = ImageMemory(Device("cpu", torch.float32), lambda _slug: 10)
    for images, most in ((8, 4), (4, 2), (8, 2), (3, 1), (1, 1)):
        memory.did_not_fit(SMALL, images)
        assert memory.most_images(SMALL, "sd") == most
    assert memory.most_images(("starter", 128, 136), "sd") > 1


def test_on_a_gpu_the_newest_measurement_of_the_largest_batch_counts_for_its_kind():
    memory = ImageMemory(Device("cuda:0", torch.float16))
    kind = ("xl", 1024, 1024)
    memory.learn(kind, 2, 10)
    memory.learn(kind, 2, 20)
    assert memory.most_images(kind, "sdxl", free_bytes=25) == 2
    assert memory.most_images(kind, "sdxl", free_bytes=24) == 1
    assert memory.most_images(("other", 1024, 1024), "sdxl", free_bytes=24) == 2


def test_what_did_not_fit_is_tried_again_when_more_memory_is_free_or_time_has_passed():
    now, free = [0.0], [100]
    memory = ImageMemory(Device("cpu", torch.float32), lambda _slug: free[0], clock=lambda: now[0])
    memory.did_not_fit(SMALL, 4)
    assert memory.most_images(SMALL, "sd") == 2
    free[0] = 111  # another process has ended
    assert memory.most_images(SMALL, "sd") == MOST_ON_CPU
    free[0] = 100
    assert memory.most_images(SMALL, "sd") == 2
    now[0] = FORGET_SECONDS
    assert memory.most_images(SMALL, "sd") == MOST_ON_CPU
    memory.did_not_fit(SMALL, 6)  # nothing of the first shortage counts any more, but its time
    assert memory.most_images(SMALL, "sd") == 3
    now[0] += FORGET_SECONDS
    assert memory.most_images(SMALL, "sd") == 3
    now[0] += FORGET_SECONDS
    assert memory.most_images(SMALL, "sd") == MOST_ON_CPU


def test_weights_that_are_moved_for_a_call_are_not_taken_for_images(monkeypatch):
    """What torch counts on an accelerator is made up here: 24 GB of an offloaded Flux and 2 GB of one image."""
    memory, gib = ImageMemory(Device("cuda:0", torch.float16), lambda _slug: 8 * 2**30), 2**30
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda name: None)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda name: 0)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda name: 24 * gib)
    kind = ("flux", 1024, 1024)
    with memory.measured(kind, 1, moved_bytes=22 * gib):
        pass
    assert memory.most_images(kind, "flux") == 2  # twice what was measured; three would fit
    memory.learn(kind, 3, 6 * gib)
    assert memory.most_images(kind, "flux") == 3
