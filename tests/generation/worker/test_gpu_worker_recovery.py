"""A worker that is killed or frozen; Valkey that is killed or emptied. SIGTERM is in test_runner_shared_batches."""

import signal

import pytest
from django.core.files.storage import default_storage
from PIL import Image as Pillow

from gallery.kept_steps import read_step
from gallery.models import Image
from generation.jobs.cancel import cancel_job
from generation.models import Checkpoint
from generation.redis_client import connection
from tests.support.factories import make_job, make_user
from tests.support.site import finished, fresh, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def starter(live_site):
    return Checkpoint.objects.get(slug="starter")


@pytest.fixture
def alice(live_site):
    return make_user("alice")


def drawing(job):
    """Tell whether the job is past its first steps."""
    return fresh(job).step > 2


def told(live_site, job):
    """Return the line with which the worker closes a job, once there is one."""
    return next((line for line in live_site.log("worker").splitlines() if f"job {job.pk}: " in line), None)


def indices(job):
    return list(Image.objects.of_job(job.pk).values_list("index", flat=True))


def pixels_of(job):
    """Return each image's pixels; the files tell in their receipts how long it took, which is never the same."""
    files = Image.objects.of_job(job.pk).values_list("file", flat=True)
    return [Pillow.open(default_storage.open(file)).tobytes() for file in files]


def test_a_job_ends_in_exactly_the_images_it_asked_for(live_site, alice, starter):
    job = finished(make_job(alice, starter, count=5, batch_size=2, steps=4))
    assert (job.status, job.error_message) == ("succeeded", "")
    assert indices(job) == [0, 1, 2, 3, 4]
    assert list(Image.objects.of_job(job.pk).values_list("seed", flat=True)) == [7, 8, 9, 10, 11]
    assert {"load", "denoise", "store"} <= set(job.timings)
    line = wait_for(lambda: told(live_site, job), what="the worker's line about the job")
    assert "succeeded, generated 5 images" in line
    assert "denoise" in line


def test_a_killed_worker_loses_nothing_and_doubles_nothing(live_site, alice, starter):
    job = make_job(alice, starter, count=4, batch_size=1, steps=40, keep_steps=10)
    wait_for(lambda: len(indices(job)) >= 2, what="the first images")
    kept = {image.index: image.sha256 for image in Image.objects.of_job(job.pk)}
    live_site.restart("worker")
    job = finished(job)
    assert job.status == "succeeded"
    assert (job.attempt, job.losses) == (2, 1)
    assert indices(job) == list(range(4))
    images = Image.objects.of_job(job.pk)
    assert kept.items() <= {image.index: image.sha256 for image in images}.items()
    assert [image.kept_steps for image in images] == [[10, 20, 30]] * 4
    assert all(read_step(image, 30) for image in images)


def test_a_rerun_makes_the_same_images(live_site, alice, starter):
    Checkpoint.objects.update(sha256="0" * 64)  # the files tell it, and it is computed only once something was drawn
    lost = make_job(alice, starter, count=2, batch_size=1, steps=40, keep_steps=3)
    wait_for(lambda: drawing(lost), what="the first steps")
    live_site.restart("worker")
    assert finished(lost).losses == 1
    calm = finished(make_job(alice, starter, count=2, batch_size=1, steps=40))
    assert pixels_of(lost) == pixels_of(calm)


def test_a_frozen_worker_that_wakes_up_stores_nothing(live_site, alice, starter):
    job = make_job(alice, starter, steps=80)
    wait_for(lambda: drawing(job), what="the first steps")
    frozen = live_site.processes["worker"]
    frozen.send_signal(signal.SIGSTOP)
    del live_site.processes["worker"]
    live_site.start_part("worker")
    try:
        job = finished(job)
        before = list(Image.objects.of_job(job.pk).values_list("pk", flat=True))
        frozen.send_signal(signal.SIGCONT)
        wait_for(
            lambda: (
                f"{job.pk}: left to another attempt" in live_site.log("worker")
                or f"job {job.pk}: its lease" in live_site.log("worker")
            ),
            what="the frozen worker to notice",
        )
        assert (fresh(job).status, fresh(job).attempt) == ("succeeded", 2)
        assert list(Image.objects.of_job(job.pk).values_list("pk", flat=True)) == before
    finally:
        frozen.kill()
        frozen.wait(10)


def test_a_job_survives_a_restart_of_valkey(live_site, alice, starter):
    job = make_job(alice, starter, steps=100)
    waiting = make_job(alice, starter, steps=2)
    wait_for(lambda: drawing(job), what="the first steps")
    live_site.restart("valkey")
    assert finished(job).status == "succeeded"
    assert finished(waiting).status == "succeeded"
    assert finished(make_job(alice, starter, steps=2)).status == "succeeded"
    assert fresh(job).attempt == 1


def test_queued_jobs_survive_an_emptied_valkey(live_site, alice, starter):
    live_site.processes["worker"].send_signal(signal.SIGSTOP)
    jobs = [make_job(alice, starter, steps=2) for _ in range(3)]
    connection().flushall()
    live_site.processes["worker"].send_signal(signal.SIGCONT)
    assert [finished(job).status for job in jobs] == ["succeeded"] * 3


def test_jobs_submitted_while_valkey_is_away_run_when_it_is_back(live_site, alice, starter):
    live_site.kill("valkey")
    job = make_job(alice, starter, steps=2)
    live_site.start_part("valkey")
    assert finished(job).status == "succeeded"


def test_cancel_takes_effect_in_mid_job_and_the_next_job_runs(live_site, alice, starter):
    job = make_job(alice, starter, count=16, batch_size=1, steps=150)
    wait_for(lambda: drawing(job), what="the first steps")
    cancel_job(job=fresh(job), actor=alice)
    job = finished(job)
    assert job.status == "cancelled"
    assert len(indices(job)) < 16
    assert finished(make_job(alice, starter, steps=2)).status == "succeeded"


def test_cancel_takes_effect_even_while_valkey_is_away(live_site, alice, starter):
    job = make_job(alice, starter, count=16, batch_size=1, steps=150)
    wait_for(lambda: drawing(job), what="the first steps")
    live_site.kill("valkey")
    cancel_job(job=fresh(job), actor=alice)
    assert finished(job, seconds=20).status == "cancelled"
