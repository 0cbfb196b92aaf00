"""One delivery: claim it, post it, record the outcome.

Every claim is one conditional UPDATE with a lease, so any number of processes may send, and a delivery whose process
died is sent again once its lease runs out. A receiver may therefore get a message twice, with the same `webhook-id`.
"""

import logging
import time
from collections import Counter
from datetime import datetime, timedelta

from django.utils import timezone

from generation.models import Webhook, WebhookDelivery
from generation.webhooks import endpoint_health, signing
from generation.webhooks.catalog import BACKOFF, LEASE, LONGEST_RETRY_AFTER, MOST_ATTEMPTS, TIMEOUT_SECONDS
from generation.webhooks.payloads import SubjectDeleted, make_body
from sdsite.core.http.fetch import FetchRefused
from sdsite.core.http.post import Posted, post

logger = logging.getLogger(__name__)

State = WebhookDelivery.State
MOST_PER_OWNER = 2  # so that a receiver that hangs delays only its owner
CANDIDATES = 8  # tried for one claim, while other processes claim too
GONE = 410
USER_AGENT = "sdsite-webhook/1"


def claim(*, busy: Counter[int] | None = None, now: datetime | None = None) -> WebhookDelivery | None:
    """Claim the delivery that is due longest, or return None; `busy` counts the deliveries under way of each owner."""
    moment = now or timezone.now()
    excluded = [owner for owner, count in (busy or Counter()).items() if count >= MOST_PER_OWNER]
    rows = WebhookDelivery.objects.due(moment).exclude(webhook__owner_id__in=excluded)
    for delivery in rows.select_related("webhook", "job")[:CANDIDATES]:
        same = WebhookDelivery.objects.filter(
            pk=delivery.pk, state=delivery.state, attempts=delivery.attempts, next_attempt_at=delivery.next_attempt_at
        )
        taken = {"state": State.SENDING, "attempts": delivery.attempts + 1, "last_attempt_at": moment}
        if same.update(next_attempt_at=moment + LEASE, **taken):
            delivery.refresh_from_db(fields=[*taken, "next_attempt_at"])
            return delivery
    return None


def attempt(delivery: WebhookDelivery) -> None:
    """Make one attempt at a claimed delivery and record the outcome."""
    if not delivery.webhook.enabled:
        _finish(delivery, State.FAILED, error=endpoint_health.OFF)
        return
    try:
        if not delivery.body:
            delivery.body = make_body(delivery)
            WebhookDelivery.objects.filter(pk=delivery.pk).update(body=delivery.body)
    except SubjectDeleted as gone:
        _finish(delivery, State.FAILED, error=str(gone))
        return
    began = time.monotonic()
    answer, error = _post(delivery)
    outcome = answer.status if answer else error
    # The address may contain a secret, so only the host is logged.
    logger.info(
        "webhook delivery %s: %s to %s, attempt %d: %s; %.3f s",
        delivery.pk,
        delivery.event,
        delivery.webhook.host,
        delivery.attempts,
        outcome,
        time.monotonic() - began,
    )
    if answer and 200 <= answer.status < 300:
        _finish(delivery, State.DELIVERED, status=answer.status)
        endpoint_health.record_success(delivery.webhook)
        return
    _handle_failure(delivery, answer, error or _describe(answer))


def _post(delivery: WebhookDelivery) -> tuple[Posted | None, str]:
    """Return the response, or None and a sentence that says why there is none."""
    body, now = delivery.body.encode(), timezone.now()
    headers = {
        **signing.headers(
            delivery.webhook.secrets_at(now), delivery=str(delivery.pk), timestamp=int(now.timestamp()), body=body
        ),
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": USER_AGENT,
    }
    try:
        return post(delivery.webhook.url, body=body, headers=headers, timeout=TIMEOUT_SECONDS), ""
    except FetchRefused as refused:
        return None, str(refused)


def _describe(answer: Posted | None) -> str:
    if answer and 300 <= answer.status < 400:
        return "The address redirects; redirects are not followed."
    return "The address did not answer with a 2xx status."


def _handle_failure(delivery: WebhookDelivery, answer: Posted | None, error: str) -> None:
    status = answer.status if answer else None
    if delivery.attempts >= MOST_ATTEMPTS:
        _finish(delivery, State.FAILED, status=status, error=error)
    else:
        pause = BACKOFF[delivery.attempts - 1]
        if answer and answer.retry_after:
            pause = max(pause, timedelta(seconds=min(answer.retry_after, LONGEST_RETRY_AFTER.total_seconds())))
        due = timezone.now() + pause
        _update_if_held(delivery, state=State.WAITING, next_attempt_at=due, error=error, status=status)
    if status == GONE:
        endpoint_health.switch_off(delivery.webhook)
    else:
        endpoint_health.record_failure(delivery.webhook)


def _finish(delivery: WebhookDelivery, state: str, *, status: int | None = None, error: str = "") -> None:
    _update_if_held(delivery, state=state, status=status, error=error, finished_at=timezone.now())


def _update_if_held(delivery: WebhookDelivery, *, status: int | None, **fields: object) -> None:
    """Update the delivery, unless its lease ran out and another attempt holds it."""
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, state=State.SENDING, attempts=delivery.attempts)
    mine.update(response_status=status, **fields)


def is_wanted(*, within: timedelta = timedelta()) -> bool:
    """Tell whether the process that sends is needed: a webhook of an account is on, or a delivery is due `within`."""
    on = Webhook.objects.filter(enabled=True, job=None).exists()
    return on or WebhookDelivery.objects.due(timezone.now() + within).exists()
