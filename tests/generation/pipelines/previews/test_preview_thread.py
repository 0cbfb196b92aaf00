"""Previews of every image at the right steps, which never affect the run."""

import io

import pytest
from PIL import Image

from generation.errors import GenerationCancelled
from generation.parameters.nested import PreviewParameters
from generation.pipelines.generate import generate
from generation.pipelines.previews.preview_thread import MOST_A_SECOND, Pacer, is_kept
from generation.pipelines.protocol import Part, Timings
from tests.generation.pipelines.conftest import Recorder, ask


def run(source, cache, hooks, indices=(0,), **requested):
    [generated] = generate(
        source, [Part(ask(source, **requested), tuple(indices), hooks)], timings=Timings(), cache=cache
    )
    return generated


def opened(jpeg):
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    return image


@pytest.mark.parametrize("name", ["starter", "sd", "sdxl", "sd3", "flux", "z_image"])
def test_every_image_has_a_preview_at_every_step_if_requested(checkpoints, cache, name):
    hooks = Recorder()
    run(checkpoints[name], cache, hooks, indices=[3, 1], steps=5, preview={"every": 1, "size": 64})
    assert sorted(hooks.previews) == [(index, step) for index in (1, 3) for step in range(1, 6)]
    assert {opened(jpeg).size for jpeg in hooks.previews.values()} == {(64, 64)}
    assert hooks.preview_threads == {"previews"}


def test_only_the_named_steps_and_the_last_have_previews(starter, cache):
    hooks = Recorder()
    run(starter, cache, hooks, steps=9, preview={"every": 3, "start": 2})
    assert sorted(step for _, step in hooks.previews) == [2, 5, 8, 9]


def test_the_last_step_has_a_preview_when_the_site_chooses_the_steps(starter, cache):
    hooks = Recorder()
    run(starter, cache, hooks, steps=6)
    assert (0, 6) in hooks.previews


def test_a_preview_keeps_the_shape_and_is_never_larger_than_the_image(checkpoints, cache):
    hooks = Recorder()
    run(checkpoints["sd"], cache, hooks, width=128, height=64, steps=1, preview={"every": 1, "size": 96})
    assert opened(hooks.previews[0, 1]).size == (96, 48)
    run(checkpoints["sd"], cache, hooks, width=128, height=64, steps=1, preview={"every": 1, "size": 1024})
    assert opened(hooks.previews[0, 1]).size == (128, 64)


def test_a_failing_preview_hook_does_not_stop_the_run(starter, cache, caplog):
    hooks = Recorder(fail_previews=True)
    assert len(run(starter, cache, hooks, steps=4, preview={"every": 1})) == 1
    assert caplog.text.count("previews fail") == 1


def test_no_preview_is_sent_after_the_run_has_returned(starter, cache):
    hooks = Recorder(cancel_at=3)
    with pytest.raises(GenerationCancelled):
        run(starter, cache, hooks, steps=8, preview={"every": 1})
    shown = len(hooks.previews)
    run(starter, cache, Recorder(), steps=2)
    assert len(hooks.previews) == shown


def test_the_site_thins_previews_that_come_too_fast():
    pacer = Pacer(PreviewParameters())
    step_seconds = 0.01
    shown = [step for step in range(1, 101) if pacer.due(step, 101, now=step * step_seconds)]
    assert 10 <= len(shown) <= MOST_A_SECOND + 1


def test_the_site_thins_previews_that_cost_too_much():
    pacer = Pacer(PreviewParameters())
    pacer.learn(0.03)  # seconds: at three hundredths of the time, one a second
    shown = [step for step in range(1, 101) if pacer.due(step, 101, now=step * 0.1)]
    assert len(shown) == 10


@pytest.mark.parametrize("name", ["starter", "sdxl"])
def test_kept_steps_change_no_pixel_and_come_whatever_is_shown(checkpoints, cache, name):
    hooks, plain = Recorder(), Recorder()
    kept = run(checkpoints[name], cache, hooks, indices=[1, 0], steps=7, keep_steps=2, preview={"start": 7})
    without = run(checkpoints[name], cache, plain, indices=[1, 0], steps=7, preview={"start": 7})
    assert sorted(hooks.kept) == [(index, step) for index in (0, 1) for step in (2, 4, 6)]
    assert {step for _, step in hooks.previews} == {7}
    assert plain.kept == {}
    assert [one.image.tobytes() for one in kept] == [one.image.tobytes() for one in without]
    differing = {"parts", "seconds"}  # times
    receipts = [{name: value for name, value in one.receipt.items() if name not in differing} for one in kept + without]
    assert receipts[:2] == receipts[2:]
    assert opened(hooks.kept[0, 2]).size[0] <= 256


def test_both_passes_of_hires_fix_are_kept_under_one_count(starter, cache):
    hooks = Recorder()
    run(starter, cache, hooks, steps=4, keep_steps=1, hires={"scale": 1.5, "strength": 0.5, "steps": 4})
    last = hooks.progress[-1][1]
    assert sorted(step for _, step in hooks.kept) == list(range(1, last))


@pytest.mark.parametrize(("total", "every"), [(1, 1), (20, 1), (20, 3), (31, 1), (59, 1), (250, 1), (250, 7), (500, 2)])
def test_no_more_steps_are_kept_than_allowed(total, every):
    kept = [step for step in range(1, total + 1) if is_kept(step, total, every)]
    assert len(kept) <= 30
    assert total not in kept
    assert len(kept) >= min(10, (total - 1) // every)
    assert not any(is_kept(step, total, None) for step in range(1, total + 1))
