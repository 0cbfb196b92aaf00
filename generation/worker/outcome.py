"""Ending of a job: every way in which a lease ends, in one place."""

import logging
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

from django.utils import timezone

from generation.jobs import reaper
from generation.jobs.lifecycle import move
from generation.models import Checkpoint, Job
from generation.models.job import MOST_DEVICE_FAILURES
from generation.queue import speeds
from generation.worker.db_retry import retry_while_database_down
from generation.worker.lease import Lease, LeaseLost, Stop
from generation.worker.safety import REFUSED
from generation.worker.store_images import BROKEN

Ending = Callable[[Lease], str]

DEVICE_FAILED = (
    "The accelerator failed {failures} times while this job was generated ({reason}), so it is not tried again. "
    "Other settings may work."
)

logger = logging.getLogger(__name__)


def conclude(lease: Lease) -> bool:
    """Move the job to its final state if it has reached one; return whether this call did.

    Called from any thread after each event that may end the job: an image was stored or dropped, generating ended, the
    job was cancelled. Of several calls only one ends it.
    """
    with lease.lock:
        ending = None if lease.ended else _ending(lease)
        lease.ended = lease.ended or ending is not None
    if ending is None:
        return False
    try:
        outcome = retry_while_database_down(partial(ending, lease), lease)
    except LeaseLost:
        outcome = Stop.LOST.value
    except Exception:
        logger.exception("job %s: its end could not be written; the lease is left to expire", lease.pk)
        outcome = "not ended"
    _log(lease, outcome)
    return True


def _ending(lease: Lease) -> Ending | None:
    """Return how the job ends now, or None if it does not."""
    if lease.stop in _AT_ONCE:
        return _AT_ONCE[lease.stop]
    if lease.storing:  # images that are generated are stored even if the rest of the job fails
        return None
    if lease.failure is not None:
        return _fail
    if lease.missing is not None and not lease.missing - lease.dropped:
        return _succeed if lease.stored else _refuse if lease.job.refused else _cancel
    return None if lease.generating else _give_up


def _lost(lease: Lease) -> str:
    return Stop.LOST.value


def _succeed(lease: Lease) -> str:
    lease.timings.seconds["store"] = time.monotonic() - lease.generated_at
    steps = {"step": lease.total, "total": lease.total}
    if not _move(lease, Job.Status.SUCCEEDED, timings=lease.timings.seconds, **steps):
        return Stop.LOST.value
    job = lease.job
    if lease.leads and lease.generated and job.checkpoint_id is not None:  # once for each claim
        Checkpoint.objects.filter(pk=job.checkpoint_id).exclude(last_error="").update(last_error="")
    if job.checkpoint_id is not None:
        speeds.learn(job.checkpoint_id, lease.calls)
    return f"succeeded, generated {lease.generated} images"


def _cancel(lease: Lease) -> str:
    _move(lease, Job.Status.CANCELLED)
    return Stop.CANCELLED.value


def _refuse(lease: Lease) -> str:
    lease.failure = REFUSED
    return _fail(lease)


def _give_up(lease: Lease) -> str:
    if lease.stop is None:  # cannot happen, and must not leave the job running
        lease.failure = BROKEN
        return _fail(lease)
    if lease.device_failure:
        return _suspect(lease)
    reaper.hand_back(lease.job, sequence=lease.sequence)
    return lease.stop.value


def _suspect(lease: Lease) -> str:
    """Put back a job in whose call the device failed, to run alone from now on; fail it if that happened before.

    Nobody is charged for the attempt as long as it may have been a companion's fault, or the device's own.
    """
    failures = lease.job.device_failures + 1
    if failures >= MOST_DEVICE_FAILURES:
        lease.failure = ("device_failed", DEVICE_FAILED.format(failures=failures, reason=lease.device_failure))
        return _fail(lease)
    reaper.hand_back(lease.job, sequence=lease.sequence, device_failures=failures)
    return f"{Stop.DEVICE_FAILED.value}: {lease.device_failure}"


_AT_ONCE: dict[Stop | None, Ending] = {Stop.LOST: _lost, Stop.CANCELLED: _cancel}


def _fail(lease: Lease) -> str:
    assert lease.failure is not None
    code, message = lease.failure
    if lease.job.checkpoint_id and code.startswith("checkpoint_"):
        # Before the job: clients that learn of the failure may read the checkpoint at once.
        error = f"{timezone.now():%F %T} {code}: {message}"
        Checkpoint.objects.filter(pk=lease.job.checkpoint_id).update(last_error=error)
    _move(lease, Job.Status.FAILED, error_code=code, error_message=message)
    return f"failed with {code}: {message}"


def _move(lease: Lease, to: str, **fields: Any) -> bool:
    job = lease.job
    fields["used_seconds"] = job.used_seconds + lease.used_seconds  # the row has those of attempts that were lost
    if move(job.pk, to, held=job.attempt, sequence=lease.sequence, **fields):
        return True
    # An earlier try may have succeeded, and only its answer been lost with the connection.
    return Job.objects.filter(pk=job.pk, attempt=job.attempt, status=to).exists()


def _log(lease: Lease, outcome: str) -> None:
    asked = defaultdict(lambda: "?", lease.job.parameters)  # a broken row may lack any of them
    requested = (
        f"{asked['checkpoint']} {asked['width']}x{asked['height']} {asked['steps']} steps {asked['sampler']} "
        f"x{asked['count']}, attempt {lease.job.attempt}"
    )
    parts = ", ".join(f"{part} {seconds:.3f} s" for part, seconds in lease.timings.seconds.items())
    used, total = lease.used_seconds, lease.age_seconds
    logger.info("job %s: %s; %s; %s; used %.3f s; %.3f s in all", lease.pk, outcome, requested, parts, used, total)
