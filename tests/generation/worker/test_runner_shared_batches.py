"""Jobs of several users in one batch of a live worker."""

import pytest
from django.core.files.storage import default_storage

from gallery.imaging.metadata import read_infotext
from gallery.models import Image
from generation.jobs.cancel import cancel_job, drop_image
from generation.models import Job
from tests.support.simulated_devices import make_batches_pay
from tests.support.site import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _batches_pay(starter):
    make_batches_pay(starter)


def fresh(job):
    return Job.objects.get(pk=job.pk)


def drawing(jobs):
    return all(fresh(job).step > 2 for job in jobs)


def ended(*jobs):
    wait_for(lambda: all(fresh(job).is_finished for job in jobs), seconds=90, what="the jobs to end")
    return [fresh(job).status for job in jobs]


def images(job):
    return list(Image.objects.of_job(job.pk))


def test_each_job_has_its_images_and_their_batch_size(live_site, submit):
    jobs = submit(
        {"steps": 6, "prompt": "a red heart", "seed": 1},
        {"steps": 6, "prompt": "a blue star", "seed": 5, "count": 2},
        {"steps": 6, "prompt": "a cat", "seed": 9, "output_format": "jpeg"},
        {"steps": 6, "prompt": "a dog", "seed": 9, "reproducible": "strict"},
    )
    assert ended(*jobs) == ["succeeded"] * 4
    assert [[image.seed for image in images(job)] for job in jobs] == [[1], [5, 6], [9], [9]]
    assert [[image.receipt["batch_size"] for image in images(job)] for job in jobs] == [[4], [4, 4], [4], [1]]
    assert len({image.sha256 for job in jobs for image in images(job)}) == 5
    for job, line in zip(jobs, [True, True, True, False], strict=True):
        text = read_infotext(default_storage.open(images(job)[0].file).read())
        assert ("Batch size: 4" in text) is line
        assert job.prompt in text
    used = [fresh(job).used_seconds for job in jobs]
    assert used[1] == pytest.approx(2 * used[0], rel=0.2)  # by images
    assert fresh(jobs[0]).timings["denoise"] == fresh(jobs[1]).timings["denoise"]


def test_a_cancelled_job_ends_at_once_and_the_others_finish(live_site, submit):
    leaver, dropper, stayer = jobs = submit(*({"steps": 60, "count": count} for count in (1, 2, 1)))
    wait_for(lambda: drawing(jobs), what="the first steps")
    cancel_job(job=fresh(leaver), actor=leaver.owner)
    drop_image(job=fresh(dropper), index=0, actor=dropper.owner)
    assert ended(leaver) == ["cancelled"]
    assert fresh(stayer).status == "running"
    assert ended(dropper, stayer) == ["succeeded", "succeeded"]
    assert [[image.index for image in images(job)] for job in jobs] == [[], [1], [0]]
    assert fresh(leaver).used_seconds < fresh(stayer).used_seconds
    assert images(stayer)[0].receipt["batch_size"] == 4


def test_a_killed_worker_gives_all_back_and_each_runs_alone_from_then_on(live_site, submit):
    jobs = submit(*({"steps": 60} for _ in range(3)))
    wait_for(lambda: drawing(jobs), what="the first steps")
    live_site.restart("worker")
    assert ended(*jobs) == ["succeeded"] * 3
    assert [(fresh(job).attempt, fresh(job).losses) for job in jobs] == [(2, 1)] * 3
    assert [[image.receipt["batch_size"] for image in images(job)] for job in jobs] == [[1]] * 3
