"""Forget what webhooks were told long ago."""

from django.db import models
from django.utils import timezone

from generation.models import Job, Webhook, WebhookDelivery
from generation.webhooks.catalog import KEPT, KEPT_OF_ONE

CHUNK = 1000


def sweep() -> int:
    """Delete deliveries older than KEPT, of each webhook all beyond KEPT_OF_ONE, and webhooks of jobs that are over.

    What still waits to be sent stays, as long as it is not older than KEPT. Returns how many deliveries went.
    """
    limit = timezone.now() - KEPT
    gone = _delete(WebhookDelivery.objects.filter(created_at__lt=limit).order_by("created_at"))
    for hook in Webhook.objects.of_account().only("pk"):
        log = WebhookDelivery.objects.filter(webhook_id=hook.pk).order_by("-created_at", "-pk")
        last = log.values_list("created_at", flat=True)[KEPT_OF_ONE : KEPT_OF_ONE + 1].first()
        if last is not None:
            old = log.filter(created_at__lte=last).exclude(state__in=WebhookDelivery.UNFINISHED)
            gone += _delete(old)
    over = Webhook.objects.filter(job__isnull=False, created_at__lt=limit).exclude(job__status__in=Job.UNFINISHED)
    over.delete()
    return gone


def _delete(rows: models.QuerySet[WebhookDelivery]) -> int:
    """Delete `rows` a few at a time, so that nobody waits long for the database."""
    gone = 0
    while ids := list(rows.values_list("pk", flat=True)[:CHUNK]):
        gone += WebhookDelivery.objects.filter(pk__in=ids).delete()[0]
    return gone
