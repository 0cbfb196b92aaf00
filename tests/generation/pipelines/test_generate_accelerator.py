"""On an accelerator no operands are on two devices, and the host never waits in the step loop beyond a stated table."""

import numpy as np
import pytest
import torch

from generation.families import FAMILIES
from generation.parameters.catalog import samplers_for
from generation.pipelines.loading.cache import PipelineCache
from generation.pipelines.loading.devices import Device
from tests.support import accelerator_matrix as matrix
from tests.support.accelerator_matrix import Combination
from tests.support.fake_accelerator import fake_accelerator
from tests.support.kinds_of_jobs import run, source_of


@pytest.fixture(scope="module")
def card():
    with fake_accelerator() as accelerator:
        yield accelerator


@pytest.fixture(scope="module")
def runs(card, tmp_path_factory):
    return matrix.Runs(tmp_path_factory.mktemp("matrix"), card)


@pytest.mark.parametrize("combination", matrix.subset(), ids=str)
def test_each_family_runs_in_each_memory_mode_with_each_sampler_adapter_and_task(runs, combination):
    assert runs.faults(combination) == []


PIPELINES = sorted({(one.family, one.memory, one.sampler) for one in matrix.whole()})


@pytest.mark.nightly
@pytest.mark.parametrize("pipeline", PIPELINES, ids="-".join)
def test_every_combination_runs_and_gives_the_image_of_the_cpu(runs, pipeline):
    family, memory, sampler = pipeline
    found = {}
    for one in matrix.whole((family,)):
        if (one.memory, one.sampler) == (memory, sampler):
            # Eight and sixteen bits round too coarsely for two ways of computing to agree.
            found[str(one)] = runs.faults(one, compare=memory != "quantized")
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize(("nudged", "is_fault"), [(0.0, True), (1.0, True), (2.0, False)])
def test_another_image_is_a_fault_unless_a_nudge_changes_it_as_much(card, tmp_path, monkeypatch, nudged, is_fault):
    of_card, of_cpu, one = (
        np.full((8, 8), 5.0),
        np.zeros((8, 8)),
        Combination("sd", "resident", "euler", "none", "text"),
    )

    def generate(runs, _one, *, device="cuda:0", nudge=0.0, **_more):
        image = of_card if device != "cpu" else of_cpu + nudged * (nudge > 0)
        return image, matrix.Hooks(card)

    monkeypatch.setattr(matrix.Runs, "generate", generate)
    runs = matrix.Runs(tmp_path, card)
    assert bool(runs.faults(one, compare=True)) is is_fault
    assert runs.chaotic == ([] if is_fault else [str(one)])


@pytest.mark.parametrize(("sampler", "family"), [("unipc", "sd"), ("unipc", "flux"), ("dpm_adaptive", "sd")])
def test_the_samplers_that_wait_do_so_as_often_as_the_table_says(runs, sampler, family):
    assert sampler in samplers_for(family)
    _, hooks = runs.generate(Combination(family, "resident", sampler, "none", "text"), steps=6)
    counts = [0] * hooks.steps
    for waited in runs.accelerator.synchronizations:
        if waited.phase in range(1, hooks.steps):
            counts[waited.phase] += 1
    assert max(counts) == matrix.WAITS[sampler]


def test_previews_cost_no_wait_and_arrive_in_pinned_memory(runs):
    _, hooks = runs.generate(Combination("sd", "resident", "euler", "none", "text"), steps=6)
    assert hooks.previews == 6
    arrived = [copy for copy in runs.accelerator.copies if copy.phase in range(1, 6)]
    assert [(copy.direction, copy.asynchronous) for copy in arrived] == [("to host", True)] * 5
    assert not [waited for waited in runs.accelerator.synchronizations if waited.phase in range(1, 6)]


def test_offloaded_weights_stay_on_the_device_while_it_denoises(runs):
    runs.generate(Combination("flux", "offload", "euler", "none", "text"), steps=4)
    moved = {copy.phase for copy in runs.accelerator.copies if copy.weights}
    assert moved
    assert not moved & {1, 2, 3}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_runs_in_the_precision_of_its_accelerator(card, runs, family):
    cache = PipelineCache(Device("cuda:0", torch.float16), 2**34)
    [image] = run(source_of(family, runs.folder), {}, matrix.Hooks(card), cache=cache)
    assert image.size == (64, 64)
    assert cache.loaded()[0].dtype == (torch.bfloat16 if FAMILIES[family].flow else torch.float16)
