"""Verbs for webhooks: make, change, rotate the secret, remove, test, send again."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from generation.errors import JobRefused
from generation.models import Job, Webhook, WebhookDelivery
from generation.models.webhook import LONGEST_NAME, make_secret
from generation.parameters.validators import check_text
from generation.webhooks import endpoint_health
from generation.webhooks.catalog import ENDS, EVENTS, MOST_OF_ONE, OLD_SECRET, TEST_EVENT
from sdsite.accounts import audit
from sdsite.accounts.models import User
from sdsite.core import rate_limits
from sdsite.core.http.fetch import FetchRefused
from sdsite.core.http.post import check_address

State = WebhookDelivery.State
RESENT = (State.WAITING, State.DELIVERED, State.FAILED)


def create_webhook(
    *, owner: User, name: str, url: str, events: Sequence[str] = ENDS, enabled: bool = True
) -> tuple[Webhook, str]:
    """Make a webhook that hears of all jobs of `owner`; return it and its secret, which is never to be had again.

    Raises:
        JobRefused: `invalid_parameters`, or `too_many_webhooks` (409), there are MOST_OF_ONE already.
    """
    fields = _checked({"name": name, "url": url, "events": events})
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).filter(pk=owner.pk).first()  # two requests at once are counted
        if Webhook.objects.of_account().filter(owner=owner).count() >= MOST_OF_ONE:
            raise JobRefused("too_many_webhooks", f"You have {MOST_OF_ONE} webhooks; delete one.", status=409)
        hook = Webhook.objects.create(owner=owner, enabled=enabled, **fields)
        audit.record(actor=owner, action="webhook.created", target=hook, id=str(hook.pk), events=hook.events)
    return hook, hook.secret


def create_for_job(*, job: Job, url: str, events: Sequence[str], secret: str | None) -> Webhook:
    """Make a webhook that hears of `job` alone; call it in the job's transaction, with values that were checked."""
    return Webhook.objects.create(
        owner_id=job.owner_id, job=job, url=url, events=_ordered(events), secret=secret or make_secret()
    )


def change_webhook(*, hook: Webhook, actor: User, fields: Mapping[str, Any]) -> Webhook:
    """Change `name`, `url`, `events` or `enabled`; switching it on begins anew, whatever failed before.

    Raises:
        JobRefused: `invalid_parameters`.
    """
    values = _checked({name: value for name, value in fields.items() if name != "enabled"})
    with transaction.atomic():
        if values:
            Webhook.objects.filter(pk=hook.pk).update(**values)
        if fields.get("enabled") is True and not hook.enabled:
            endpoint_health.switch_on(hook)
        elif fields.get("enabled") is False and hook.enabled:
            Webhook.objects.filter(pk=hook.pk).update(enabled=False)
            endpoint_health.call_off(hook)
        audit.record(actor=actor, action="webhook.changed", target=hook, id=str(hook.pk), fields=sorted(fields))
    hook.refresh_from_db()
    return hook


def rotate_secret(*, hook: Webhook, actor: User) -> str:
    """Give `hook` a new secret and return it; for OLD_SECRET deliveries are signed with the one before as well."""
    fresh = make_secret()
    Webhook.objects.filter(pk=hook.pk).update(
        previous_secret=hook.secret, previous_until=timezone.now() + OLD_SECRET, secret=fresh
    )
    audit.record(actor=actor, action="webhook.rotated", target=hook, id=str(hook.pk))
    hook.refresh_from_db()
    return fresh


def delete_webhook(*, hook: Webhook, actor: User) -> None:
    """Remove a webhook and its log."""
    audit.record(actor=actor, action="webhook.deleted", target=hook, id=str(hook.pk))
    hook.delete()


def send_test(*, hook: Webhook) -> WebhookDelivery:
    """Send TEST_EVENT to a webhook, whatever it wants to hear.

    Raises:
        JobRefused: `webhook_off` (409).
        RateLimited: too many of them.
    """
    _check_may_send(hook)
    return WebhookDelivery.objects.create(webhook=hook, event=TEST_EVENT)


def redeliver(*, delivery: WebhookDelivery) -> WebhookDelivery:
    """Send a delivery again at once, with the same id and body and all attempts anew; one under way stays as it is.

    Raises:
        JobRefused: `webhook_off` (409).
        RateLimited: too many of them.
    """
    _check_may_send(delivery.webhook)
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, state__in=RESENT)
    mine.update(state=State.WAITING, attempts=0, next_attempt_at=timezone.now(), finished_at=None, error="")
    delivery.refresh_from_db()
    return delivery


def check_url(url: str) -> str:
    """Return `url` if something may be posted to it.

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
        ValueError: none, or one that is unknown; the message begins with the field's name.
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
