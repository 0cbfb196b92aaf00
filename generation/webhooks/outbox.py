"""Transactional outbox: deliveries are stored in the transaction of the event, so both are stored or neither.

Nothing here may fail a job. A new delivery has no body; the process that sends it makes the body.
"""

import logging
import uuid

from django.db import InterfaceError, OperationalError, transaction

from generation.models import Job, Webhook, WebhookDelivery
from generation.webhooks.catalog import EVENT_OF_STATUS

logger = logging.getLogger(__name__)


def note_move(job_id: uuid.UUID) -> None:
    """Store deliveries for the present state of a job; costs two small queries where no webhook is subscribed."""
    _store(job_id)


def note_image(job_id: uuid.UUID, index: int) -> None:
    """Store deliveries for image `index` of a job, which was just stored."""
    _store(job_id, event="image.stored", index=index)


def _store(job_id: uuid.UUID, *, event: str = "", index: int | None = None) -> None:
    try:
        facts = Job.objects.filter(pk=job_id).values_list("owner_id", "status", "sequence").first()
        if facts is None:
            return
        owner_id, status, sequence = facts
        event = event or EVENT_OF_STATUS[status]
        hooks = [hook for hook in Webhook.objects.subscribed_to(job_id, owner_id) if event in hook.events]
        if not hooks:
            return
        with transaction.atomic():  # a savepoint, so that the transaction around it survives an error here
            WebhookDelivery.objects.bulk_create(
                WebhookDelivery(webhook=hook, event=event, job_id=job_id, index=index, sequence=sequence)
                for hook in hooks
            )
    except (OperationalError, InterfaceError):
        raise  # the database is away, so the transaction around this one must fail too
    except Exception:
        logger.exception("job %s: no webhook deliveries of %s", job_id, event or "its state")
