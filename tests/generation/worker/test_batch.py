"""How a claim is split into pipeline calls: arithmetic on real rows."""

import pytest
from PIL import Image as Pillow

from generation.pipelines.protocol import InputImages
from generation.queue import speeds
from generation.worker.batch import Batch, Share, batch_size, companion_capacity, plan_batches
from generation.worker.lease import Lease, Stop
from tests.support.factories import make_job
from tests.support.simulated_devices import PAYING, Device, make_batches_pay


@pytest.fixture
def share(alice, checkpoint):
    """Return a function that makes a share of `count` images of a job of its own."""

    def made(count):
        job = make_job(alice, checkpoint, count=count)
        lease = Lease(job)
        parameters, missing = lease.plan([])
        return Share(lease, parameters, tuple(missing))

    return made


def cuts(batches):
    return [[share.indices for share in batch.shares] for batch in batches]


def test_a_job_alone_fills_its_batches_from_the_first(share):
    assert cuts(plan_batches(share(5), [], 4)) == [[(0, 1, 2, 3)], [(4,)]]
    assert cuts(plan_batches(share(4), [], 4)) == [[(0, 1, 2, 3)]]


def test_companions_join_the_first_batch_which_is_not_full(share):
    assert [companion_capacity(images, 4) for images in (1, 4, 5, 8)] == [3, 0, 3, 0]
    assert cuts(plan_batches(share(5), [share(1), share(2)], 4)) == [[(0,), (0,), (0, 1)], [(1, 2, 3, 4)]]
    assert cuts(plan_batches(share(1), [share(2)], 4)) == [[(0,), (0, 1)]]


def test_halves_have_every_image_once(share):
    batch = Batch((share(3), share(1), share(1)))
    assert cuts(batch.halves()) == [[(0, 1)], [(2,), (0,), (0,)]]
    assert [one.images for one in batch.halves()] == [2, 3]
    assert cuts(batch.by_job()) == [[(0, 1, 2)], [(0,)], [(0,)]]


def test_a_split_batch_tells_its_jobs_that_there_are_more(share):
    batch = Batch((share(3), share(1)))
    batch.split_into(batch.halves())
    assert [one.lease.batches for one in batch.shares] == [2, 1]


def test_stopped_jobs_and_dropped_images_are_left_out(share):
    gone, fewer, kept, failed = (share(2) for _ in range(4))
    gone.lease.ask_to_stop(Stop.CANCELLED)
    fewer.lease.dropped = frozenset({1})
    failed.lease.failure = ("internal_error", "")
    assert cuts([Batch((gone, fewer, kept, failed)).remaining()]) == [[(0,), (0, 1)]]
    fewer.lease.dropped = frozenset({0, 1})
    assert Batch((gone, fewer)).remaining().shares == ()


def test_stored_and_dropped_images_are_not_generated(alice, checkpoint):
    job = make_job(alice, checkpoint, count=4)
    job.dropped = [2]
    lease = Lease(job)
    assert lease.plan([0])[1] == [1, 3]


class TestBatchSize:
    """How many images one call generates, by what was measured."""

    @pytest.fixture
    def size(self, alice, checkpoint):
        """Return a function that tells the batch size of a job of `fields`."""

        def size(**fields):
            job = make_job(alice, checkpoint, **fields)
            return batch_size(job, job.resolved())

        return size

    def test_a_size_that_never_ran_begins_with_what_is_expected_to_pay(self, size, checkpoint):
        assert size() == 4  # 128x128 on a CPU: a part of the time is the same for any number
        speeds.learn(checkpoint.pk, [PAYING.call(128, 4, is_first=True)])
        assert size() == 1

    def test_what_was_guessed_is_compared_with_one_alone_and_doubled_while_that_pays(self, size, checkpoint):
        speeds.learn(checkpoint.pk, [PAYING.call(128, 4)])
        for images in (1, 2, 8):
            assert size() == images
            speeds.learn(checkpoint.pk, [PAYING.call(128, images)])
        assert size() == 8  # the most that a CPU is given

    def test_a_size_that_did_not_pay_is_not_tried_again(self, size, checkpoint):
        linear = Device("cpu", floor=1.0)
        speeds.learn(checkpoint.pk, [linear.call(128, images) for images in (1, 2, 4)])
        assert size() == 1

    def test_the_site_and_the_request_have_the_last_word(self, size, checkpoint, settings):
        make_batches_pay(checkpoint)
        assert size() == 8
        assert size(batch_size=3) == 3
        assert size(reproducible="strict") == 1
        settings.ENV = {**settings.ENV, "SDSITE_BATCH_IMAGES": 4}
        assert size() == 4
        settings.ENV = {**settings.ENV, "SDSITE_BATCHING": False}
        assert size() == 1


def test_each_part_of_a_call_has_its_own_images_and_its_share(share):
    one, other = share(3), share(1)
    given = InputImages(init=Pillow.new("RGB", (8, 8)))
    parts = Batch((one, other)).parts({other.lease.pk: given})
    assert [part.indices for part in parts] == [(0, 1, 2), (0,)]
    assert [part.parameters for part in parts] == [one.resolved, other.resolved]
    assert [part.input_images for part in parts] == [InputImages(), given]
    assert [(part.hooks.lease, part.hooks.share) for part in parts] == [(one.lease, 0.75), (other.lease, 0.25)]
