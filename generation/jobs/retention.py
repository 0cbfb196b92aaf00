"""Deletion of jobs that ended long ago; their images stay."""

import logging
from datetime import timedelta

from django.utils import timezone

from generation.models import Job
from sdsite.accounts import site_settings

logger = logging.getLogger(__name__)

CHUNK = 500
MOST = 5000  # in one round of maintenance


def delete_old_jobs(most: int = MOST) -> int:
    """Delete jobs that ended `jobs_days` of the site settings ago, the oldest first; return how many.

    Webhook deliveries, receipts of verifying and graphs of clients that belong to them go too.
    """
    days = site_settings.current().jobs_days
    if not days:
        return 0
    ended = Job.objects.filter(finished_at__lt=timezone.now() - timedelta(days=days)).exclude(status__in=Job.UNFINISHED)
    deleted = 0
    while deleted < most:
        some = list(ended.order_by("finished_at").values_list("pk", flat=True)[: min(CHUNK, most - deleted)])
        if not some:
            break
        Job.objects.filter(pk__in=some).delete()
        deleted += len(some)
    if deleted:
        logger.info("deleted %d jobs that ended %d days ago or before", deleted, days)
    return deleted
