"""Jobs that ended long ago are deleted, and their images stay."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.models import Image
from generation.jobs.retention import delete_old_jobs
from generation.models import Job
from sdsite.accounts import site_settings
from tests.support.factories import end_job, make_image, make_job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey_alone")]


@pytest.fixture
def jobs(alice, checkpoint):
    """Jobs that ended 40, 20 and 0 days ago, and one that has waited for 40 days."""
    made = [make_job(alice, checkpoint) for _ in range(3)]
    for job, days in zip(made, (40, 20, 0), strict=True):
        end_job(job, finished_at=timezone.now() - timedelta(days=days, hours=1))
    waiting = make_job(alice, checkpoint)
    Job.objects.filter(pk=waiting.pk).update(created_at=timezone.now() - timedelta(days=40))
    return [*made, waiting]


def test_they_are_kept_unless_somebody_chose_days(jobs):
    assert delete_old_jobs() == 0
    assert Job.objects.count() == 4


def test_only_those_that_ended_before_go_and_their_images_stay(jobs, alice, root):
    image = make_image(alice, job_id=jobs[0].pk, index=0)
    site_settings.change(actor=root, changes={"jobs_days": 30})
    assert (delete_old_jobs(), delete_old_jobs()) == (1, 0)
    assert set(Job.objects.all()) == set(jobs[1:])
    assert Image.objects.filter(pk=image.pk).exists()


def test_a_round_deletes_the_oldest_and_a_bounded_number(jobs, root):
    site_settings.change(actor=root, changes={"jobs_days": 2, "deliveries_days": 1})
    assert delete_old_jobs(most=1) == 1
    assert not Job.objects.filter(pk=jobs[0].pk).exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"jobs_days": 1, "deliveries_days": 1}, "budgets count them"),
        ({"jobs_days": 20}, "as long as webhook deliveries"),
    ],
)
def test_days_that_contradict_others_are_refused(root, changes, words):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError) as refused:
        site_settings.change(actor=root, changes=changes)
    assert words in " ".join(refused.value.message_dict["jobs_days"])
