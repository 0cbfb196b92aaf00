"""Notices of jobs that ended while their owner was away, and of GPU time that is nearly used."""

import pytest

from generation.jobs import telling
from generation.jobs.lifecycle import move
from generation.models import Job, RoleLimits
from sdsite.accounts.models import Notice
from tests.support.factories import end_job, make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def away(monkeypatch):
    """Whether nobody follows the events, by Redis; tests/generation/events/test_presence.py asks the real one."""
    answers = {"followed": False}
    monkeypatch.setattr(telling, "is_followed", lambda user_id: answers["followed"])
    return answers


@pytest.fixture
def end(alice, checkpoint, django_capture_on_commit_callbacks):
    """Return a function that makes a job of alice, ends it by the site's own move, and returns it."""

    def run(status="succeeded", source="studio", **columns):
        job = make_job(alice, checkpoint)
        Job.objects.filter(pk=job.pk).update(status="running", source=source, **columns)
        with django_capture_on_commit_callbacks(execute=True):
            assert move(job.pk, status)
        return job

    return run


def told(user):
    return [(one.kind, one.detail.get("count", 1)) for one in Notice.objects.filter(person=user)]


def test_many_jobs_within_minutes_are_one_notice(alice, charlie, away, end):
    for status in ("succeeded", "failed", "succeeded", "cancelled", "succeeded"):
        end(status)
    assert sorted(told(alice)) == [("job_failed", 1), ("job_succeeded", 3)]
    assert told(charlie) == []


@pytest.mark.parametrize("followed", [True, None])
def test_nobody_is_told_who_is_there_or_perhaps_there(alice, away, end, followed):
    away["followed"] = followed
    end()
    assert told(alice) == []


@pytest.mark.parametrize("source", ["api", "openai", "comfyui", "command", "websocket"])
def test_jobs_of_programs_tell_nobody(alice, away, end, source):
    end(source=source)
    assert told(alice) == []


def test_a_prompt_is_in_no_notice(alice, away, end):
    end()
    assert "heart" not in str(Notice.objects.values_list("detail", "url", "group").get())


@pytest.fixture
def limited(alice):
    """Alice with 100 seconds of GPU time a day."""
    from django.contrib.auth.models import Group

    group = Group.objects.create(name="limited")
    alice.groups.add(group)
    RoleLimits.objects.update_or_create(group=group, defaults={"most_seconds_a_day": 100})
    return alice


def test_gpu_time_is_told_of_once_at_each_mark(limited, checkpoint, away, end):
    away["followed"] = True
    used = [make_job(limited, checkpoint) for _ in range(3)]
    expected = ([], ["budget_low"], ["budget_low"], ["budget_used", "budget_low"], ["budget_used", "budget_low"])
    for seconds, kinds in zip(((70,), (85,), (85, 5), (85, 5, 20), (85, 5, 40)), expected, strict=True):
        for job, took in zip(used, seconds, strict=False):
            end_job(job, used_seconds=took)
        telling.tell_of_budget(limited.pk)
        assert [kind for kind, _ in told(limited)] == kinds
    assert Notice.objects.get(kind="budget_low").detail["percent"] == 85


def test_without_a_limit_nothing_is_nearly_used(alice, checkpoint):
    end_job(make_job(alice, checkpoint), used_seconds=10_000)
    telling.tell_of_budget(alice.pk)
    assert told(alice) == []
