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
from generation.webhooks.payloads import Gone, make_body
from sdsite.core.http.fetch import FetchRefused
from sdsite.core.http.post import Posted, post

logger = logging.getLogger(__name__)

State = WebhookDelivery.State
MOST_AT_ONCE = 2  # of one person: a receiver that hangs holds up its owner alone
CANDIDATES = 8  # tried for one claim, while other processes claim too
GONE = 410
USER_AGENT = "sdsite-webhook/1"


def claim(*, busy: Counter[int] | None = None, now: datetime | None = None) -> WebhookDelivery | None:
    """Take the delivery that is due longest, of nobody who is `busy` with MOST_AT_ONCE already; None: there is none."""
    moment = now or timezone.now()
    full = [owner for owner, count in (busy or Counter()).items() if count >= MOST_AT_ONCE]
    rows = WebhookDelivery.objects.due(moment).exclude(webhook__owner_id__in=full)
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
    """Make one attempt at a claimed delivery, and write down what came of it."""
    if not delivery.webhook.enabled:
        _end(delivery, State.FAILED, error=endpoint_health.OFF)
        return
    try:
        if not delivery.body:
            delivery.body = make_body(delivery)
            WebhookDelivery.objects.filter(pk=delivery.pk).update(body=delivery.body)
    except Gone as gone:
        _end(delivery, State.FAILED, error=str(gone))
        return
    began = time.monotonic()
    answer, error = _post(delivery)
    said = answer.status if answer else error
    # The address may carry a secret, so only the host is told.
    logger.info(
        "webhook delivery %s: %s to %s, attempt %d: %s; %.3f s",
        delivery.pk,
        delivery.event,
        delivery.webhook.host,
        delivery.attempts,
        said,
        time.monotonic() - began,
    )
    if answer and 200 <= answer.status < 300:
        _end(delivery, State.DELIVERED, status=answer.status)
        endpoint_health.went_well(delivery.webhook)
        return
    _failed(delivery, answer, error or _words(answer))


def _post(delivery: WebhookDelivery) -> tuple[Posted | None, str]:
    """Return the answer, or a sentence about why there is none."""
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


def _words(answer: Posted | None) -> str:
    if answer and 300 <= answer.status < 400:
        return "The address redirects; redirects are not followed."
    return "The address answered that it did not take it."


def _failed(delivery: WebhookDelivery, answer: Posted | None, error: str) -> None:
    status = answer.status if answer else None
    if delivery.attempts >= MOST_ATTEMPTS:
        _end(delivery, State.FAILED, status=status, error=error)
    else:
        pause = BACKOFF[delivery.attempts - 1]
        if answer and answer.retry_after:
            pause = max(pause, timedelta(seconds=min(answer.retry_after, LONGEST_RETRY_AFTER.total_seconds())))
        _held(delivery, state=State.WAITING, next_attempt_at=timezone.now() + pause, error=error, status=status)
    if status == GONE:
        endpoint_health.switch_off(delivery.webhook)
    else:
        endpoint_health.went_wrong(delivery.webhook)


def _end(delivery: WebhookDelivery, state: str, *, status: int | None = None, error: str = "") -> None:
    _held(delivery, state=state, status=status, error=error, finished_at=timezone.now())


def _held(delivery: WebhookDelivery, *, status: int | None, **fields: object) -> None:
    """Write, unless the lease ran out and somebody else holds the delivery by now."""
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, state=State.SENDING, attempts=delivery.attempts)
    mine.update(response_status=status, **fields)


def is_wanted(*, within: timedelta = timedelta()) -> bool:
    """Tell whether the process that sends is needed: a webhook of an account is on, or a delivery is due `within`."""
    on = Webhook.objects.filter(enabled=True, job=None).exists()
    return on or WebhookDelivery.objects.due(timezone.now() + within).exists()
