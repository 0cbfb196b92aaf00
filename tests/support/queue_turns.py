"""Queued jobs of stated cost, claims of one worker, and roles with limits: what tests of turns and forecasts share."""

from django.contrib.auth.models import Group

from generation.jobs.claim import claim
from generation.jobs.lifecycle import move
from generation.models import Job, RoleLimits
from tests.support.factories import make_job

LANES = ("interactive", "batch")


def queue_job(owner, checkpoint, *, seconds=1.0, lane="interactive"):
    job = make_job(owner, checkpoint)
    Job.objects.filter(pk=job.pk).update(predicted_seconds=seconds, lane=lane)
    return job


def take(lanes=LANES, loaded=(), worker="w"):
    return claim(worker=worker, lanes=lanes, loaded=loaded)


def done(job):
    Job.objects.filter(pk=job.pk).update(used_seconds=job.predicted_seconds)
    assert move(job.pk, "succeeded", held=job.attempt)


def role(name, *people, **limits):
    group = Group.objects.create(name=name)
    group.user_set.set(people)
    return RoleLimits.objects.create(group=group, **limits)
