"""Idempotency keys: a request repeated with the same key within 24 hours returns the same job."""

import hashlib
import json
from datetime import timedelta

from django.utils import timezone

from generation.errors import JobRefused
from generation.models import Job
from generation.parameters.schema import GenerationParameters

KEPT = timedelta(hours=24)
LONGEST_KEY = 200
KEY_FIELD = "idempotency_key"


def check_key(key: str, name: str = KEY_FIELD) -> str:
    """Return `key` if it is valid; `name` is its field or header in messages.

    Raises:
        ValueError: it does not have 1 to LONGEST_KEY printable characters.
    """
    if not 1 <= len(key) <= LONGEST_KEY:
        raise ValueError(f"{name} must be 1 to {LONGEST_KEY} characters; got {len(key)}")
    if not key.isprintable():
        raise ValueError(f"{name} must be printable characters only")
    return key


def compute_digest(requested: GenerationParameters) -> str:
    """Return the SHA-256 of the requested parameters, equal for equal requests.

    The requested ones, not the resolved ones: a checkpoint's defaults may change between a request and its repetition.
    """
    sent = requested.model_dump(mode="json", exclude_defaults=True)
    if sent.get("seed") == -1:  # another way to say null
        del sent["seed"]
    return hashlib.sha256(json.dumps(sent, sort_keys=True).encode()).hexdigest()


def earlier_job(owner_id: int, key: str, digest: str) -> Job | None:
    """Return the job of `key` if it was created in the last 24 hours; an older one loses its key, and None is returned.

    Raises:
        JobRefused: `idempotency_conflict` (409), the key was used for another request.
    """
    job = Job.objects.filter(owner_id=owner_id, idempotency_key=key).first()
    if job is None:
        return None
    if job.created_at <= timezone.now() - KEPT:
        Job.objects.filter(pk=job.pk).update(idempotency_key=None)
        return None
    if job.wish_digest != digest:
        raise JobRefused("idempotency_conflict", "This idempotency key was used for another request.", status=409)
    return job
