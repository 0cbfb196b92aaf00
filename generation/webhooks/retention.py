"""Deletion of old deliveries, and of webhooks of finished jobs."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

from generation.models import Job, Webhook, WebhookDelivery
from generation.webhooks.catalog import KEPT_PER_WEBHOOK
from sdsite.accounts import site_settings

CHUNK = 1000


def sweep() -> int:
    """Delete deliveries older than `deliveries_days` or beyond KEPT_PER_WEBHOOK, and old webhooks of finished jobs.

    Unfinished deliveries that are not older stay. Returns the number of deleted deliveries.
    """
    limit = timezone.now() - timedelta(days=site_settings.current().deliveries_days)
    deleted = _delete(WebhookDelivery.objects.filter(created_at__lt=limit).order_by("created_at"))
    for hook in Webhook.objects.of_account().only("pk"):
        log = WebhookDelivery.objects.filter(webhook_id=hook.pk).order_by("-created_at", "-pk")
        last = log.values_list("created_at", flat=True)[KEPT_PER_WEBHOOK : KEPT_PER_WEBHOOK + 1].first()
        if last is not None:
            old = log.filter(created_at__lte=last).exclude(state__in=WebhookDelivery.UNFINISHED)
            deleted += _delete(old)
    over = Webhook.objects.filter(job__isnull=False, created_at__lt=limit).exclude(job__status__in=Job.UNFINISHED)
    over.delete()
    return deleted


def _delete(rows: models.QuerySet[WebhookDelivery]) -> int:
    """Delete `rows` in chunks, so that no transaction is long."""
    deleted = 0
    while ids := list(rows.values_list("pk", flat=True)[:CHUNK]):
        deleted += WebhookDelivery.objects.filter(pk__in=ids).delete()[0]
    return deleted
