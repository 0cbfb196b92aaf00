"""Use of the last 24 hours by source."""

from datetime import timedelta

from django.utils import timezone

from generation.models import Job
from generation.usage import use_by_source
from tests.support.factories import end_job, make_job


def test_ended_jobs_of_the_last_24_hours_count_the_dearest_source_first(alice, checkpoint):
    end_job(make_job(alice, checkpoint, count=3), source="studio", used_seconds=1.5)
    end_job(make_job(alice, checkpoint), source="studio", used_seconds=2, status="failed")
    end_job(make_job(alice, checkpoint), source="comfyui", used_seconds=60.26)
    end_job(make_job(alice, checkpoint), source="api", finished_at=timezone.now() - timedelta(hours=25))
    make_job(alice, checkpoint)
    found = use_by_source(Job.objects.visible_to(alice))
    assert [(one.source, one.jobs, one.images, one.seconds) for one in found] == [
        ("comfyui", 1, 1, 60.3),
        ("studio", 2, 3, 3.5),
    ]


def test_a_source_of_a_later_release_is_its_own_title(alice, checkpoint):
    end_job(make_job(alice, checkpoint), source="fax")
    assert [one.title for one in use_by_source(Job.objects.all())] == ["fax"]
