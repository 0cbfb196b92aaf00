"""Notices of jobs that ended while their owner was away, and of GPU time that is nearly used."""

import logging
from datetime import timedelta

from django.urls import reverse

from generation.events.presence import is_followed
from generation.jobs.submission.quota import get_budget
from generation.limits import get_limits
from generation.models import Job
from sdsite.accounts.notices import notify
from sdsite.accounts.notices.store import was_told

logger = logging.getLogger(__name__)

NEARLY = 80  # percent of the GPU time of 24 hours
A_DAY = timedelta(days=1)
BY_PAGES = (Job.Source.STUDIO, Job.Source.VERIFY)  # programs follow their jobs themselves
KINDS = {Job.Status.SUCCEEDED: "job_succeeded", Job.Status.FAILED: "job_failed"}


def job_ended(job: Job) -> None:
    """Tell the owner that a job ended, if no page of theirs is open, and how much of their GPU time is used.

    Call it after the commit: it asks Redis.
    """
    kind = KINDS.get(Job.Status(job.status))
    if kind is None:
        return
    if job.source in BY_PAGES and is_followed(job.owner_id) is False:
        address = reverse("library") if kind == "job_succeeded" else reverse("studio")
        notify(job.owner_id, kind, url=address, group="jobs")
    tell_of_budget(job.owner_id)


def tell_of_budget(owner_id: int) -> None:
    """Tell a person once a day each that NEARLY percent, and that all of their GPU time of 24 hours is used."""
    limits = get_limits(owner_id)
    most = limits.most_seconds_a_day
    if not most:
        return
    percent = int(100 * get_budget(owner_id, limits).use.seconds / most)
    if percent < NEARLY:
        return
    kinds = ("budget_used",) if percent >= 100 else ("budget_low", "budget_used")
    if not was_told(owner_id, *kinds, within=A_DAY):
        notify(owner_id, kinds[0], url=reverse("usage"), percent=percent)
