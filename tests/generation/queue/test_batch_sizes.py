"""The batch size that pays: tried in doublings, remembered, and never paid for dearly."""

import pytest

from generation.models import MeasuredSpeed
from generation.queue import speeds
from generation.queue.batch_sizes import choose
from tests.support.simulated_devices import H200, LINEAR, Device

STEPS = 20


@pytest.mark.parametrize(
    ("rates", "most", "size"),
    [
        ({}, 16, 1),
        ({2: 5.0}, 16, 1),
        ({1: 1.0}, 16, 2),
        ({1: 1.0}, 1, 1),
        ({1: 1.0, 2: 1.02}, 16, 4),
        ({1: 1.0, 2: 0.98}, 16, 1),
        ({1: 1.0, 2: 1.02, 4: 1.05}, 16, 1),
        ({1: 1.0, 2: 1.02, 4: 1.2}, 16, 8),
        ({1: 1.0, 2: 0.9, 4: 1.2, 8: 1.25}, 16, 4),
        ({1: 1.0, 2: 1.2, 4: 1.25}, 16, 2),
        ({1: 1.0, 2: 1.1}, 16, 4),
        ({1: 1.0, 2: 1.1}, 3, 2),
        ({1: 1.0, 2: 1.9, 4: 2.8}, 16, 8),
        ({1: 1.0, 2: 1.9, 4: 2.8, 8: 2.82}, 16, 4),
        ({1: 1.0, 2: 1.9, 4: 2.8, 8: 4, 16: 5}, 64, 16),
        ({1: 0.0, 2: 0.0}, 2, 2),
    ],
)
def test_a_larger_batch_needs_a_tenth_more_images_a_second(rates, most, size):
    assert choose(rates, most=most) == size


@pytest.mark.parametrize(
    ("rates", "size"), [({1: 1.0}, 1), ({1: 1.0, 2: 1.9}, 2), ({1: 1, 2: 1.9, 4: 1.9}, 2), ({1: 1, 4: 2}, 1)]
)
def test_what_was_not_measured_is_left_out_where_nothing_is_tried(rates, size):
    assert choose(rates, most=16, trying=False) == size


def guess(checkpoint, device, side, most=16):
    return speeds.expected_batch(checkpoint.pk, device.hardware, width=side, height=side, most=most)


@pytest.mark.parametrize(
    ("device", "side", "size"),
    [(H200, 512, 4), (H200, 1024, 1), (H200, 256, 4), (LINEAR, 128, 4), (LINEAR, 512, 1), (LINEAR, 1024, 1)],
)
def test_the_first_batch_at_a_size_is_what_the_kind_of_the_device_suggests(checkpoint, device, side, size):
    assert guess(checkpoint, device, side) == size
    assert guess(checkpoint, device, side, most=1) == 1


def test_the_first_batch_at_a_size_follows_what_was_measured_at_others(checkpoint):
    odd = Device("odd", floor=1.0)  # an accelerator in proportion to the pixels
    assert guess(checkpoint, odd, 256) == 4
    speeds.learn(checkpoint.pk, [odd.call(side, images) for side in (128, 1024) for images in (1, 2) for _ in range(5)])
    assert guess(checkpoint, odd, 256) == 1


def worked(checkpoint, device, side, images):
    """Generate `images` images of a full queue, as a worker does; return the seconds, and the batch sizes used."""
    sizes, seconds, called = [], 0.0, set()
    while sum(sizes) < images:
        rates = speeds.rates_of(checkpoint.pk, device.hardware, width=side, height=side, evaluations=STEPS)
        size = choose(rates, most=16) if rates else guess(checkpoint, device, side)
        sizes.append(min(size, images - sum(sizes)))
        seconds += device.seconds(side, sizes[-1], STEPS)
        speeds.learn(checkpoint.pk, [device.call(side, sizes[-1], is_first=sizes[-1] not in called)])
        called.add(sizes[-1])
    return seconds, sizes


@pytest.mark.parametrize(
    ("device", "side", "last"),
    [(H200, 512, 4), (H200, 1024, 1), (H200, 256, 16), (LINEAR, 512, 1), (LINEAR, 256, 1)],
)
def test_a_run_is_never_slower_than_without_batches(checkpoint, device, side, last):
    seconds, sizes = worked(checkpoint, device, side, 200)
    alone = 200 * device.seconds(side, 1, STEPS)
    assert alone / seconds > 0.98
    assert sizes[-2] == last
    tried = [size for size in sizes if size > last]
    assert len(tried) <= 4  # of each size the first run, and one to know
    assert set(tried) <= ({2, 4} if last == 1 else {2 * last})


def test_a_device_that_batches_slow_down_loses_two_calls(checkpoint):
    slow = Device("slow", floor=1.0, penalty=0.25)
    seconds, sizes = worked(checkpoint, slow, 512, 200)
    assert 200 * slow.seconds(512, 1, STEPS) / seconds > 0.98
    assert sizes.count(2) == 2
    seconds, sizes = worked(checkpoint, slow, 512, 50)
    assert set(sizes) == {1}  # remembered


def test_each_size_of_a_device_has_its_own(checkpoint):
    for side in (512, 1024):
        worked(checkpoint, H200, side, 60)
    worked(checkpoint, LINEAR, 512, 20)
    found = {(row.hardware, row.width, row.images) for row in MeasuredSpeed.objects.all()}
    assert {("NVIDIA H200", 512, 4), ("NVIDIA H200", 1024, 2), ("cpu", 512, 2)} <= found
    assert ("cpu", 512, 8) not in found
