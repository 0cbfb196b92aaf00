"""Note what webhooks are to be told, in the transaction of whatever happened: both are stored, or neither.

Nothing here may fail a job. A note is a row without a body; who sends it makes the body, beside the job.
"""

import logging
import uuid

from django.db import InterfaceError, OperationalError, transaction

from generation.models import Job, Webhook, WebhookDelivery
from generation.webhooks.catalog import OF_STATUS

logger = logging.getLogger(__name__)


def note_move(job_id: uuid.UUID) -> None:
    """Note that a job has just come to its present state; two small queries where nobody listens."""
    _note(job_id)


def note_image(job_id: uuid.UUID, index: int) -> None:
    """Note that image `index` of a job is stored."""
    _note(job_id, event="image.stored", index=index)


def _note(job_id: uuid.UUID, *, event: str = "", index: int | None = None) -> None:
    try:
        facts = Job.objects.filter(pk=job_id).values_list("owner_id", "status", "sequence").first()
        if facts is None:
            return
        owner_id, status, sequence = facts
        event = event or OF_STATUS[status]
        hearing = [hook for hook in Webhook.objects.hearing_of(job_id, owner_id) if event in hook.events]
        if not hearing:
            return
        with transaction.atomic():  # a savepoint: the transaction around it goes on whatever happens here
            WebhookDelivery.objects.bulk_create(
                WebhookDelivery(webhook=hook, event=event, job_id=job_id, index=index, sequence=sequence)
                for hook in hearing
            )
    except (OperationalError, InterfaceError):
        raise  # the database is away: the transaction around it cannot be stored either, and must say so
    except Exception:
        logger.exception("job %s: webhooks do not hear of %s", job_id, event or "its move")
