"""Calibration jobs: one for each size and batch size, in the batch lane, without limits of roles."""

import pytest

from generation.errors import JobRefused
from generation.jobs.submission.calibrate import Cell, grid, submit_cell, usual_sizes
from generation.jobs.submission.retry import retry_job
from generation.models import Job, RoleLimits
from sdsite.accounts.credentials import Credentials
from tests.support.factories import make_checkpoint


def test_the_usual_sizes_lie_around_the_checkpoints_own(db):
    assert usual_sizes(make_checkpoint("a", width=1024, height=1024, sizes=[])) == [
        (512, 512),
        (1024, 1024),
        (1536, 1536),
    ]
    assert usual_sizes(make_checkpoint("b", width=64, height=64, sizes=[])) == [(64, 64), (128, 128)]
    assert usual_sizes(make_checkpoint("c", sizes=[[512, 512], [256, 256]])) == [(256, 256), (512, 512)]


def test_a_grid_begins_each_size_with_the_smallest_batch():
    assert grid([(64, 64), (128, 64)], [2, 1, 2]) == [
        Cell(64, 64, 1),
        Cell(64, 64, 2),
        Cell(128, 64, 1),
        Cell(128, 64, 2),
    ]


def test_a_cell_is_a_job_of_full_batches_with_one_to_warm_up(alice, checkpoint):
    RoleLimits.objects.create(most_images=1, most_queued=0)
    job = submit_cell(Cell(128, 128, 4), owner=alice, checkpoint=checkpoint, steps=3, runs=2)
    assert (job.source, job.lane, job.owner, job.count, job.batch_key) == ("calibrate", "batch", alice, 12, "")
    assert (job.resolved().batch_size, job.resolved().steps) == (4, 3)
    assert job.predicted_seconds > 0


def test_a_size_that_the_checkpoint_does_not_allow_is_refused(alice, checkpoint):
    with pytest.raises(JobRefused) as caught:
        submit_cell(Cell(64, 64, 1), owner=alice, checkpoint=checkpoint, steps=3, runs=1)
    assert caught.value.code == "invalid_parameters"
    assert not Job.objects.exists()


def test_it_is_not_retried_as_a_job_that_stores_images(alice, checkpoint):
    job = submit_cell(Cell(128, 128, 1), owner=alice, checkpoint=checkpoint, steps=3, runs=1)
    Job.objects.update(status="failed")
    with pytest.raises(JobRefused, match="calibrate once more"):
        retry_job(job=Job.objects.get(pk=job.pk), credentials=Credentials(alice))
