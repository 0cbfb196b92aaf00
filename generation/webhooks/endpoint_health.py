"""Failure counts of webhooks, and switching off one that keeps failing."""

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from generation.models import Webhook, WebhookDelivery
from generation.webhooks.catalog import FAILING_FOR, MOST_FAILURES
from sdsite.accounts import audit

OFF = "The webhook was switched off."
State = WebhookDelivery.State


def record_success(hook: Webhook) -> None:
    """Reset the count of failures."""
    Webhook.objects.filter(pk=hook.pk, failures__gt=0).update(failures=0, failing_since=None)


def record_failure(hook: Webhook) -> None:
    """Count a failed attempt; MOST_FAILURES in a row over at least FAILING_FOR switch the webhook off."""
    now = timezone.now()
    mine = Webhook.objects.filter(pk=hook.pk)
    mine.update(failures=F("failures") + 1, failing_since=Coalesce("failing_since", now))
    if mine.filter(failures__gte=MOST_FAILURES, failing_since__lte=now - FAILING_FOR).exists():
        switch_off(hook)


@transaction.atomic
def switch_off(hook: Webhook) -> None:
    """Switch a webhook off for the site; its owner can switch it on again."""
    if Webhook.objects.filter(pk=hook.pk, enabled=True).update(enabled=False, switched_off_at=timezone.now()):
        fail_waiting(hook)
        audit.record(actor=None, action="webhook.switched_off", target=hook, id=str(hook.pk), owner=hook.owner_id)


def fail_waiting(hook: Webhook) -> None:
    """Fail the waiting deliveries of a webhook that was switched off."""
    waiting = WebhookDelivery.objects.filter(webhook=hook, state=State.WAITING)
    waiting.update(state=State.FAILED, error=OFF, finished_at=timezone.now())


def switch_on(hook: Webhook) -> None:
    """Switch a webhook on and reset its failures."""
    Webhook.objects.filter(pk=hook.pk).update(enabled=True, failures=0, failing_since=None, switched_off_at=None)
