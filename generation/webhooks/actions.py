"""Actions on webhooks: create, change, rotate the secret, delete, test, redeliver."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from generation.errors import JobRefused
from generation.models import Job, Webhook, WebhookDelivery
from generation.models.webhook import LONGEST_NAME, make_secret
from generation.parameters.validators import check_text
from generation.webhooks import endpoint_health
from generation.webhooks.catalog import END_EVENTS, EVENTS, MOST_WEBHOOKS, OLD_SECRET_VALID_FOR, TEST_EVENT
from sdsite.accounts import audit
from sdsite.accounts.models import User, lock_user
from sdsite.accounts.roles.backend import require
from sdsite.core import rate_limits
from sdsite.core.http.fetch import FetchRefused
from sdsite.core.http.post import check_address

USE = "generation.use_webhooks"
State = WebhookDelivery.State
REDELIVERABLE = (State.WAITING, State.DELIVERED, State.FAILED)


def create_webhook(
    *, owner: User, name: str, url: str, events: Sequence[str] = END_EVENTS, enabled: bool = True
) -> tuple[Webhook, str]:
    """Create a webhook for all jobs of `owner`; return it and its secret, which no later answer shows.

    Raises:
        JobRefused: `invalid_parameters`, or `too_many_webhooks` (409), the owner has MOST_WEBHOOKS already.
        DeedRefused: the roles of the owner do not let them use webhooks.
    """
    require(owner, USE)
    fields = _checked({"name": name, "url": url, "events": events})
    with transaction.atomic():
        lock_user(owner.pk)
        if Webhook.objects.of_account().filter(owner=owner).count() >= MOST_WEBHOOKS:
            raise JobRefused("too_many_webhooks", f"You have {MOST_WEBHOOKS} webhooks; delete one.", status=409)
        hook = Webhook.objects.create(owner=owner, enabled=enabled, **fields)
        audit.record(actor=owner, action="webhook.created", target=hook, id=str(hook.pk), events=hook.events)
    return hook, hook.secret


def create_for_job(*, job: Job, url: str, events: Sequence[str], secret: str | None) -> Webhook:
    """Create a webhook for `job` alone; call in the job's transaction, with checked values."""
    return Webhook.objects.create(
        owner_id=job.owner_id, job=job, url=url, events=_ordered(events), secret=secret or make_secret()
    )


def change_webhook(*, hook: Webhook, actor: User, fields: Mapping[str, Any]) -> Webhook:
    """Change `name`, `url`, `events` or `enabled`; switching it on resets its failures.

    Raises:
        JobRefused: `invalid_parameters`.
        DeedRefused: the roles of the owner do not let them use webhooks.
    """
    require(hook.owner, USE)
    values = _checked({name: value for name, value in fields.items() if name != "enabled"})
    with transaction.atomic():
        if values:
            Webhook.objects.filter(pk=hook.pk).update(**values)
        if fields.get("enabled") is True and not hook.enabled:
            endpoint_health.switch_on(hook)
        elif fields.get("enabled") is False and hook.enabled:
            Webhook.objects.filter(pk=hook.pk).update(enabled=False)
            endpoint_health.fail_waiting(hook)
        audit.record(actor=actor, action="webhook.changed", target=hook, id=str(hook.pk), fields=sorted(fields))
    hook.refresh_from_db()
    return hook


@transaction.atomic
def rotate_secret(*, hook: Webhook, actor: User) -> str:
    """Give `hook` a new secret and return it; OLD_SECRET_VALID_FOR says how long the previous one signs too."""
    fresh = make_secret()
    Webhook.objects.filter(pk=hook.pk).update(
        previous_secret=hook.secret, previous_until=timezone.now() + OLD_SECRET_VALID_FOR, secret=fresh
    )
    audit.record(actor=actor, action="webhook.rotated", target=hook, id=str(hook.pk))
    hook.refresh_from_db()
    return fresh


@transaction.atomic
def delete_webhook(*, hook: Webhook, actor: User) -> None:
    """Delete a webhook and its deliveries."""
    audit.record(actor=actor, action="webhook.deleted", target=hook, id=str(hook.pk))
    hook.delete()


def send_test(*, hook: Webhook) -> WebhookDelivery:
    """Store a delivery of TEST_EVENT to a webhook, whatever its events.

    Raises:
        JobRefused: `webhook_off` (409).
        RateLimited: too many tests and redeliveries.
    """
    _check_may_send(hook)
    return WebhookDelivery.objects.create(webhook=hook, event=TEST_EVENT)


def redeliver(*, delivery: WebhookDelivery) -> WebhookDelivery:
    """Make a delivery due again, with the same id and body and its attempts reset; one under way is left alone.

    Raises:
        JobRefused: `webhook_off` (409).
        RateLimited: too many tests and redeliveries.
    """
    _check_may_send(delivery.webhook)
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, state__in=REDELIVERABLE)
    mine.update(state=State.WAITING, attempts=0, next_attempt_at=timezone.now(), finished_at=None, error="")
    delivery.refresh_from_db()
    return delivery


def check_url(url: str) -> str:
    """Return `url` if the site may post to it.

    Raises:
        ValueError: it may not; the message begins with the field's name.
    """
    try:
        check_address(url)
    except FetchRefused as refused:
        raise ValueError(f"url cannot be used. {refused}") from refused
    return url


def check_events(events: Sequence[str]) -> list[str]:
    """Return `events` in the catalog's order, each once.

    Raises:
        ValueError: there is none, or one is unknown; the message begins with the field's name.
    """
    unknown = [str(event) for event in events if event not in EVENTS]
    if unknown or not events:
        got = f"; got {unknown[0]:.60}" if unknown else ""
        raise ValueError(f"events must be one or more of {', '.join(EVENTS)}{got}")
    return _ordered(events)


def _ordered(events: Sequence[str]) -> list[str]:
    return [event for event in EVENTS if event in events]


def _check_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME:
        raise ValueError(f"name must be 1 to {LONGEST_NAME} characters; got {len(name)}")
    check_text("name", name)
    return name


_CHECKS = {"name": _check_name, "url": check_url, "events": check_events}


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in fields.items():
        try:
            values[name] = _CHECKS[name](value)
        except ValueError as error:
            wrong[name] = str(error)
    if wrong:
        raise JobRefused("invalid_parameters", "; ".join(wrong.values()), fields=wrong)
    return values


def _check_may_send(hook: Webhook) -> None:
    if not hook.enabled:
        raise JobRefused("webhook_off", "The webhook is switched off; switch it on first.", status=409)
    rate_limits.spend("webhook_test", f"user:{hook.owner_id}")
