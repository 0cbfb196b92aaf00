"""Calls, checkpoints and memory that the checks of an accelerator share."""

import pytest

from generation.errors import GenerationError


def test_a_call_returns_images_phases_and_the_steps_that_were_run(bench):
    source, cache = bench.source("sd"), bench.cache()
    run = bench.generate(cache, source, count=2, steps=3)
    assert [image.index for image in run.images] == [0, 1]
    assert run.steps == 3
    assert 0 < run.timings["denoise"] < run.seconds


def test_a_checkpoint_is_written_once_and_loaded_as_asked(bench):
    source = bench.source("sd", precision="bf16")
    assert source.path == bench.source("sd").path
    cache = bench.cache()
    bench.generate(cache, source)
    assert cache.loaded()[-1].source.precision == "bf16"


def test_an_error_of_the_only_part_is_raised(bench):
    with pytest.raises(GenerationError, match="toy"):
        bench.generate(bench.cache(), bench.source("sd"), prompt="a heart <lora:toy:1>")


def test_without_memory_of_its_own_no_peak_is_measured(bench):
    called = []
    assert bench.peak_gib(lambda: called.append(1)) is None
    assert called == [1]
    with bench.ballast(1):
        assert bench.generate(bench.cache(), bench.source("sd")).images
