"""Tell people what became of their jobs."""

import json
import logging
import os
import threading
import time
import uuid
from functools import cache

from django.db import DatabaseError, connection
from redis import RedisError

from generation import redis_client
from generation.events.publish import publish
from generation.events.types import EVENT_OF_STATUS, QueueChanged, QueueMoved
from generation.models import Job, Share
from generation.queue import eta
from generation.queue.state import current_state
from generation.serializers.jobs import serialize_job

logger = logging.getLogger(__name__)

TOLD_AT_MOST = 50  # waiting jobs that hear about every move of the queue; those further back see it when they come near
TOLD_KEY = "sdsite:places"
TOLD_SECONDS = 3600
TELL_SECONDS = 0.2
NEWS_SECONDS = 1.0  # an expected end that moves by less than this, or by less than NEWS_PART of the wait, is no news
NEWS_PART = 0.05


def job_moved(job_id: uuid.UUID) -> None:
    """Publish the state of a job that just moved, and the new places of those that wait."""
    job = Job.objects.select_related("checkpoint").filter(pk=job_id).first()
    if job is None:
        return
    serialized = serialize_job(job).model_dump(mode="json")
    publish(job.owner_id, EVENT_OF_STATUS[job.status](str(job.pk), job.sequence, serialized))
    queue_moved()


class QueuePositionNotifier(threading.Thread):
    """Tells people their places beside whatever moved the queue: a claim must not wait for it, nor a submit.

    However often it is rung meanwhile, it looks at the queue once every TELL_SECONDS at most.
    """

    def __init__(self) -> None:
        """Prepare; `start` begins to listen."""
        super().__init__(name="teller", daemon=True)
        self._rung = threading.Event()

    def ring(self) -> None:
        """Let it look at the queue soon."""
        self._rung.set()

    def run(self) -> None:
        """Tell whenever it was rung, for ever."""
        while self._rung.wait():
            self._rung.clear()
            try:
                tell_places()
            except DatabaseError as error:
                logger.warning("people are not told their places: %s", error)
            except Exception:
                logger.exception("people are not told their places")
            finally:
                connection.close()
            time.sleep(TELL_SECONDS)


@cache
def _teller(pid: int) -> QueuePositionNotifier:
    teller = QueuePositionNotifier()
    teller.start()
    return teller


def queue_moved() -> None:
    """Let those who wait hear of their new places soon; returns at once."""
    _teller(os.getpid()).ring()


def tell_places() -> None:
    """Publish position and ETA of the first waiting jobs, to those for whom they changed since they were last told."""
    now = time.time()
    places = eta.places(TOLD_AT_MOST)
    ends = {
        str(pk): [place.position, None if place.eta_seconds is None else round(now + place.eta_seconds, 1)]
        for pk, place in places.items()
    }
    told = _exchange(ends)
    news = [pk for pk in places if _is_news(told.get(str(pk)), ends[str(pk)], now)]
    waiting = Job.objects.filter(pk__in=news).values_list("pk", "owner_id", "sequence") if news else ()
    for pk, owner_id, sequence in waiting:
        place = places[pk]
        publish(owner_id, QueueMoved(str(pk), sequence, place.position, place.eta_seconds), hint=True)


def _is_news(told: list[float | None] | None, found: list[float | None], now: float) -> bool:
    if told is None or told[0] != found[0] or (told[1] is None) != (found[1] is None):
        return True
    if told[1] is None or found[1] is None:
        return False
    return abs(told[1] - found[1]) > max(NEWS_SECONDS, NEWS_PART * (found[1] - now))


def _exchange(ends: dict[str, list[float | None]]) -> dict[str, list[float | None]]:
    """Note what is told now, for all processes; return what was told before, nothing when Redis is away."""
    try:
        before = redis_client.connection().set(TOLD_KEY, json.dumps(ends), ex=TOLD_SECONDS, get=True)
    except RedisError as error:
        logger.debug("everybody is told their place: %s", error)
        return {}
    told: dict[str, list[float | None]] = json.loads(before) if isinstance(before, bytes) else {}
    return told


def queue_changed() -> None:
    """Publish the state of the queue to those who have something in it, and what it means for their places."""
    state = current_state()
    event = QueueChanged(None, 0, state=str(state), reason=state.message if state.paused or state.closed else "")
    here = Job.objects.unfinished().order_by().values("owner_id")
    for owner_id in Share.objects.filter(owner_id__in=here).order_by().values_list("owner_id", flat=True):
        publish(owner_id, event)
    queue_moved()
