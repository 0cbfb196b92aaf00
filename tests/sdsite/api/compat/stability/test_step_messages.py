"""One message a step, each once, in order, whatever arrives and whatever does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sdsite.api.compat.stability.step_messages import BURST_SECONDS, PATIENCE_SECONDS, Steps


def numbers(found):
    return [number for number, _ in found]


def test_steps_without_previews_are_due_at_once():
    steps = Steps(5, 1, every=2, start=0)
    steps.progressed(1, 5, now=0.0)
    assert numbers(steps.due(0.0)) == []  # step 0 waits for its preview
    assert steps.wait_seconds(0.0) == PATIENCE_SECONDS
    steps.previewed(0, 1, b"one", now=0.01)
    assert list(steps.due(0.01)) == [(0, [b"one"])]
    steps.progressed(2, 5, now=0.02)
    assert list(steps.due(0.02)) == [(1, [])]
    assert steps.wait_seconds(0.02) is None


def test_skipped_progress_events_are_made_up_for():
    steps = Steps(6, 1, every=0, start=0)
    steps.progressed(4, 6, now=0.0)
    assert numbers(steps.due(0.0)) == [0, 1, 2, 3]
    steps.progressed(2, 6, now=0.1)  # a worker that was lost begins anew
    assert numbers(steps.due(0.1)) == []


def test_a_step_waits_for_the_previews_of_all_images():
    steps = Steps(4, 2, every=1, start=1)
    steps.progressed(2, 4, now=0.0)
    assert numbers(steps.due(0.0)) == [0]
    steps.previewed(0, 2, b"left", now=0.01)
    assert numbers(steps.due(0.02)) == []
    steps.previewed(1, 2, b"right", now=0.03)
    assert list(steps.due(0.03)) == [(1, [b"left", b"right"])]


def test_missing_previews_delay_a_step_only_briefly():
    steps = Steps(4, 2, every=1, start=0)
    steps.progressed(2, 4, now=0.0)
    assert numbers(steps.due(PATIENCE_SECONDS / 2)) == []
    assert list(steps.due(PATIENCE_SECONDS)) == [(0, []), (1, [])]


def test_of_several_batches_the_available_previews_are_sent_after_a_pause():
    steps = Steps(4, 4, every=1, start=0)
    steps.progressed(2, 8, now=0.0)
    steps.previewed(0, 2, b"a", now=0.1)
    steps.previewed(1, 2, b"b", now=0.11)
    assert numbers(steps.due(0.12)) == []
    assert list(steps.due(0.12 + BURST_SECONDS)) == [(0, [b"a", b"b"])]


def test_samplers_with_two_callbacks_a_step_send_each_step_once():
    steps = Steps(4, 1, every=0, start=0)
    told = []
    for callback in range(1, 8):
        steps.progressed(callback, 7, now=0.0)
        told += numbers(steps.due(0.0))
    assert told + numbers(steps.rest()) == [0, 1, 2]


@given(
    total=st.integers(1, 12),
    progress=st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24)), max_size=10),
    every=st.integers(0, 4),
    data=st.data(),
)
def test_all_steps_but_the_last_are_sent_once_and_in_order(total, progress, every, data):
    steps, now, told = Steps(total, 2, every=every, start=data.draw(st.integers(0, 5))), 0.0, []
    for callback, of in progress:
        now += data.draw(st.sampled_from([0.0, 0.05, 2.0]))
        steps.progressed(min(callback, of), of, now)
        if data.draw(st.booleans()):
            steps.previewed(data.draw(st.integers(0, 1)), callback, b"x", now)
        told += numbers(steps.due(now))
    assert told + numbers(steps.rest()) == list(range(total - 1))


@pytest.mark.parametrize("total", [1, 2])
def test_the_last_step_is_never_sent_here(total):
    steps = Steps(total, 1, every=1, start=0)
    steps.progressed(total, total, now=0.0)
    assert numbers(steps.rest()) == list(range(total - 1))
