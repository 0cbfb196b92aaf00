"""Counting finished jobs without reading them again, and workers."""

import time
from datetime import timedelta

from django.utils import timezone

from generation.models import Job
from generation.queue.workers import FailedWorker, report_failed_worker
from sdsite.monitoring.metrics import SETTLING, FinishedJobs, SiteCollector
from tests.support.factories import make_job


def end(job, status, at):
    Job.objects.filter(pk=job.pk).update(status=status, finished_at=at)


def test_each_job_is_counted_once(alice, checkpoint, django_assert_num_queries):
    now = timezone.now()
    first, second = make_job(alice, checkpoint), make_job(alice, checkpoint)
    end(first, "succeeded", now - timedelta(hours=1))
    finished = FinishedJobs()
    assert finished.totals(now) == {("succeeded", "api"): 1}
    Job.objects.filter(pk=second.pk).update(source="openai")
    end(second, "failed", now - timedelta(seconds=1))
    assert finished.totals(now) == {("succeeded", "api"): 1}  # may still be joined by others of the same second
    later = now + SETTLING
    with django_assert_num_queries(1):
        assert finished.totals(later) == {("succeeded", "api"): 1, ("failed", "openai"): 1}
    assert finished.totals(later) == {("succeeded", "api"): 1, ("failed", "openai"): 1}


def test_a_deleted_job_stays_counted(alice, checkpoint):
    now = timezone.now()
    job = make_job(alice, checkpoint)
    end(job, "succeeded", now - timedelta(minutes=1))
    finished = FinishedJobs()
    assert finished.totals(now) == {("succeeded", "api"): 1}
    Job.objects.all().delete()
    assert finished.totals(now + timedelta(minutes=1)) == {("succeeded", "api"): 1}


def test_workers_whose_accelerator_failed_are_counted_apart_from_live_ones(valkey, db):
    def value(name):
        return sum(
            sample.value for metric in SiteCollector().collect() for sample in metric.samples if metric.name == name
        )

    assert (value("sdsite_workers"), value("sdsite_workers_failed")) == (0, 0)
    report_failed_worker(FailedWorker("w1", "here, cuda:0", "cuda:0", "lost", time.time()))
    assert (value("sdsite_workers"), value("sdsite_workers_failed")) == (0, 1)
