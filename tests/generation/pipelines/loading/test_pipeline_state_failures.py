"""After a job with an adapter has failed, in any way and memory mode, the pipeline is what it was before."""

import numpy as np
import pytest
import torch
from PIL import Image

from generation.errors import GenerationCancelled, GenerationError
from generation.pipelines.adapters import weights_cache
from generation.pipelines.generate import generate
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import Device
from generation.pipelines.loading.pipeline_state import find_differences
from generation.pipelines.protocol import InputImages, Part, Timings
from generation.weights.sources import CheckpointSource, WeightsSource
from tests.generation.pipelines.conftest import Recorder, ask
from tests.support.adapter_failures import FAILURES, KINDS, OF_LORA, Failing, write
from tests.support.fake_accelerator import fake_accelerator

# By name: device, memory mode and precision.
MODES = {
    "resident": ("cuda:0", "resident", "full"),
    "offload": ("cuda:0", "offload", "full"),
    "sequential": ("cuda:0", "sequential", "full"),
    "quantized": ("cuda:0", "resident", "quantized"),
    "quantized and offloaded": ("cuda:0", "offload", "quantized"),
    "cpu": ("cpu", "resident", "full"),
}
EXISTING = [(family, mode, kind) for kind, (_, _, families) in KINDS.items() for family in families for mode in MODES]
OF_ALL = [failure for failure in FAILURES if failure != OF_LORA]


def daily_family(mode, kind):
    """Return the family in which a kind is tried each day: the one that has all, but half as large where hooks count.

    Sequential offloading moves each layer for itself, so that its time goes by their number.
    """
    return "sd" if mode == "sequential" and "sd" in KINDS[kind][2] else "sdxl"


# Each kind once in one of the two modes whose hooks have to come back, some in the others.
DAILY = {
    (daily_family(mode, kind), mode, kind, OF_ALL[(number + 2 * shift) % len(OF_ALL)])
    for shift, mode in enumerate(list(MODES)[:4])
    for number, kind in enumerate(KINDS)
    if (number % 2 == shift - 1 if mode in ("offload", "sequential") else number % 4 == shift % 2)
}
DAILY |= {
    ("flux", mode, "lora", failure) for mode in ("offload", "sequential") for failure in ("other widths", OF_LORA)
}
COMBINATIONS = [
    pytest.param(*one, failure, marks=() if (*one, failure) in DAILY else pytest.mark.nightly)
    for one in EXISTING
    for failure in FAILURES
    if failure != OF_LORA or one[2] == "lora"
]
ERRORS = {"other widths": "adapter_invalid", "shortage while it is applied": "out_of_memory"}
ERRORS |= {"shortage in the denoiser": "out_of_memory", OF_LORA: "out_of_memory"}
IMAGE = Image.fromarray((np.indices((64, 64)).sum(axis=0) % 64 * 4).astype(np.uint8)).convert("RGB")


class Site:
    """One loaded checkpoint of `family` in a memory mode."""

    def __init__(self, source, mode):
        name, memory, precision = MODES[mode]
        if source.slug == "sdxl" and name != "cpu":  # its autoencoder computes in another precision than it has
            precision = precision.replace("full", "half")
        self.source = CheckpointSource(
            source.slug, source.kind, source.location, memory_mode=memory, precision=precision
        )
        self.cache = PipelineCache(Device(name, torch.float32 if name == "cpu" else torch.float16), 2**40)
        self.plain = self.images()
        [self.loaded] = self.cache.loaded()

    def images(self, kind=None, path=None, hooks=None, count=1):
        """Return the images of a job of two steps, with an adapter of `kind` if one is named."""
        asset, requested, _ = KINDS[kind] if kind else ("", {}, ())
        inputs = InputImages(controls=(IMAGE,) if kind == "controlnet" else (), ip_adapter=IMAGE)
        part = Part(ask(self.source, steps=2, **requested), tuple(range(count)), hooks or Recorder(), inputs)
        assets = {(asset, "x-y"): WeightsSource(asset, "x-y", path, family=self.source.slug)} if kind else {}
        [images] = generate(self.source, [part], timings=Timings(), cache=self.cache, assets=assets)
        return [np.asarray(one.image).tobytes() for one in images]


@pytest.fixture(scope="module")
def site(checkpoints):
    """Return a function that gives the site of a family and mode, on a fake accelerator."""
    made = {}

    def give(family, mode):
        if (family, mode) not in made:
            made[family, mode] = Site(checkpoints[family], mode)
        return made[family, mode]

    with pytest.MonkeyPatch.context() as patch, fake_accelerator():
        # Other threads may not compute on the fake device, and transformers loads LoRA of text encoders in some.
        patch.setenv("HF_DEACTIVATE_ASYNC_LOAD", "1")
        yield give
        weights_cache.clear()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("adapters")


@pytest.mark.parametrize(("family", "mode", "kind", "failure"), COMBINATIONS)
def test_a_failed_job_leaves_the_pipeline_as_it_was(site, folder, caplog, family, mode, kind, failure):
    used = site(family, mode)
    weights_cache.clear()
    hooks = Failing(failure)
    path = write(kind, family, folder, spoilt=failure == "other widths")
    with pytest.raises((GenerationError, GenerationCancelled, RuntimeError)) as caught, hooks.context():
        used.images(kind, path, hooks, count=2)  # alone, one that does not fit takes its checkpoint along
    assert hooks.failed, caught.value
    assert getattr(caught.value, "code", "") == ERRORS.get(failure, "")
    assert used.cache.loaded() == [used.loaded]
    assert find_differences(used.loaded) == []
    assert used.loaded.pipe._execution_device == torch.device(used.cache.device.name)
    assert used.images() == used.plain
    assert not [one for one in caplog.records if one.name.endswith("pipeline_state")]


WORKING = [
    pytest.param(*one, marks=() if one == (daily_family(*one[1:]), "sequential", one[2]) else pytest.mark.nightly)
    for one in EXISTING
]


@pytest.mark.parametrize(("family", "mode", "kind"), WORKING)
def test_an_adapter_works_in_every_memory_mode_and_leaves_no_trace(site, folder, family, mode, kind):
    used = site(family, mode)
    assert used.images(kind, write(kind, family, folder, spoilt=False)) != used.plain
    assert find_differences(used.loaded) == []
    assert used.images() == used.plain


@pytest.mark.parametrize("kind", ["lora", "dora", "embedding", "ip_adapter", "vae"])
def test_sequential_offloading_changes_no_image_with_an_adapter(site, folder, kind):
    path = write(kind, "sd", folder, spoilt=False)
    assert site("sd", "sequential").images(kind, path) == site("sd", "resident").images(kind, path)
