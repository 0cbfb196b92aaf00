"""On a real accelerator every family, memory mode, adapter and task generates, and the host waits as the table says.

The same is asked of the fake accelerator (`test_generate_accelerator.py`), which has no kernels and no memory.
"""

import hashlib

import pytest
import torch

from generation.pipelines.benchmarks import SilentHooks
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import choose_device
from sdsite.devtools.bench.gpu.bench import count_waits
from tests.support import accelerator_matrix as matrix
from tests.support.kinds_of_jobs import ADAPTERS, FAMILIES, MEMORY, TASKS, assets_of, run, source_of

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an accelerator"),
]


class Counting(SilentHooks):
    """Hooks that count steps and previews, which must be JPEGs."""

    def on_preview(self, index, step, jpeg):
        assert jpeg.startswith(b"\xff\xd8")
        super().on_preview(index, step, jpeg)


@pytest.fixture(scope="module")
def generate_on_card(tmp_path_factory):
    """Return a function that generates one combination and returns its image's digest and its hooks."""
    folder, cache = tmp_path_factory.mktemp("gpu"), PipelineCache(choose_device("cuda"))

    def generate(family, memory="resident", adapter="none", task="text", **more):
        hooks, requested = Counting(), {**TASKS[task], **ADAPTERS[adapter], "preview": {"every": 1}}
        source = source_of(family, folder, **MEMORY[memory])
        [image] = run(source, requested, hooks, assets=assets_of(family, folder), cache=cache, **more)
        [device] = {str(loaded.pipe._execution_device) for loaded in cache.loaded()[-1:]}
        assert device == "cuda:0"
        return hashlib.sha256(image.tobytes()).hexdigest(), hooks

    yield generate
    cache.unload()


@pytest.mark.parametrize("memory", MEMORY)
@pytest.mark.parametrize("family", FAMILIES)
def test_adapters_and_tasks_generate_and_leave_the_plain_image_as_it_was(generate_on_card, family, memory):
    plain, hooks = generate_on_card(family, memory)
    assert hooks.previews == hooks.steps
    for one in matrix.whole((family,)):
        if (one.memory, one.sampler) == (memory, "euler"):
            generate_on_card(family, memory, one.adapter, one.task)
    assert generate_on_card(family, memory)[0] == plain


@pytest.mark.parametrize(("family", "sampler"), sorted({(one.family, one.sampler) for one in matrix.whole()}))
def test_the_host_waits_in_a_step_as_often_as_the_table_says(generate_on_card, family, sampler):
    generate_on_card(family, sampler=sampler, steps=2)  # to load, and to choose kernels
    counts = [
        count_waits(lambda steps=steps: generate_on_card(family, sampler=sampler, steps=steps))
        for steps in (4, 8)  # the difference leaves out what happens once
    ]
    assert (counts[1] - counts[0]) / 4 <= matrix.WAITS.get(sampler, 0)
