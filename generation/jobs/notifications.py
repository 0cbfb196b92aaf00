"""Events about jobs, queue positions and the state of the queue."""

import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable
from functools import cache

from django.db import DatabaseError, connection
from redis import RedisError

from generation import redis_client
from generation.events.publish import publish, publish_to_everyone
from generation.events.types import EVENT_OF_STATUS, QueueChanged, QueueMoved, SiteChanged
from generation.models import Job, Share
from generation.queue import eta
from generation.queue.state import current_state
from generation.serializers.jobs import serialize_job
from generation.serializers.site import serialize_site

logger = logging.getLogger(__name__)

# What else follows the end of a job, after the commit.
ended_listeners: list[Callable[[Job], None]] = []

PUBLISHED_POSITIONS = 50  # queued jobs whose changes are published; those behind them are not
PUBLISHED_KEY = "sdsite:places"
PUBLISHED_TTL_SECONDS = 3600
PAUSE_SECONDS = 0.2
# An expected end that moves by less than CHANGE_SECONDS, or by less than CHANGE_PART of the wait, gets no event.
CHANGE_SECONDS = 1.0
CHANGE_PART = 0.05


def job_moved(job_id: uuid.UUID) -> None:
    """Publish the state of a job that just moved, and the new positions of queued jobs; tell those who are away."""
    job = Job.objects.select_related("checkpoint").filter(pk=job_id).first()
    if job is None:
        return
    serialized = serialize_job(job).model_dump(mode="json")
    publish(job.owner_id, EVENT_OF_STATUS[job.status](str(job.pk), job.sequence, serialized))
    queue_moved()
    if job.status not in Job.UNFINISHED:
        for listener in ended_listeners:
            listener(job)


class QueuePositionNotifier(threading.Thread):
    """Thread that publishes queue positions, so that claims and submissions do not wait for it.

    It reads the queue at most once every PAUSE_SECONDS, however often it is notified.
    """

    def __init__(self) -> None:
        """Create the thread; `start` makes it wait for notifications."""
        super().__init__(name="queue-positions", daemon=True)
        self._notified = threading.Event()

    def notify(self) -> None:
        """Make it read the queue soon."""
        self._notified.set()

    def run(self) -> None:
        """Publish positions after each notification, for ever."""
        while self._notified.wait():
            self._notified.clear()
            try:
                publish_positions()
            except DatabaseError as error:
                logger.warning("queue positions were not published: %s", error)
            except Exception:
                logger.exception("queue positions were not published")
            finally:
                connection.close()
            time.sleep(PAUSE_SECONDS)


@cache
def _notifier(pid: int) -> QueuePositionNotifier:
    notifier = QueuePositionNotifier()
    notifier.start()
    return notifier


def queue_moved() -> None:
    """Have the new positions of queued jobs published soon; returns at once."""
    _notifier(os.getpid()).notify()


def publish_positions() -> None:
    """Publish position and ETA of the first queued jobs where they changed since they were last published."""
    now = time.time()
    places = eta.places(PUBLISHED_POSITIONS)
    ends = {
        str(pk): [place.position, None if place.eta_seconds is None else round(now + place.eta_seconds, 1)]
        for pk, place in places.items()
    }
    published = _exchange(ends)
    changed = [pk for pk in places if _has_changed(published.get(str(pk)), ends[str(pk)], now)]
    jobs = Job.objects.filter(pk__in=changed).values_list("pk", "owner_id", "sequence") if changed else ()
    for pk, owner_id, sequence in jobs:
        place = places[pk]
        publish(owner_id, QueueMoved(str(pk), sequence, place.position, place.eta_seconds), hint=True)


def published_places() -> dict[uuid.UUID, eta.Place]:
    """Return the places as they were last published, the ends as of now; none when Redis is down.

    They are published again after each move, so that who reads them need not simulate the queue.
    """
    try:
        found = redis_client.connection().get(PUBLISHED_KEY)
    except RedisError:
        return {}
    now = time.time()
    ends = json.loads(found) if isinstance(found, bytes) else {}
    return {
        uuid.UUID(pk): eta.Place(position, None if end is None else round(max(0.0, end - now), 1))
        for pk, (position, end) in ends.items()
    }


def _has_changed(published: list[float | None] | None, found: list[float | None], now: float) -> bool:
    if published is None or published[0] != found[0] or (published[1] is None) != (found[1] is None):
        return True
    if published[1] is None or found[1] is None:
        return False
    return abs(published[1] - found[1]) > max(CHANGE_SECONDS, CHANGE_PART * (found[1] - now))


def _exchange(ends: dict[str, list[float | None]]) -> dict[str, list[float | None]]:
    """Store the ends that are published now, for all processes; return those of before, none when Redis is down."""
    try:
        before = redis_client.connection().set(PUBLISHED_KEY, json.dumps(ends), ex=PUBLISHED_TTL_SECONDS, get=True)
    except RedisError as error:
        logger.debug("all queue positions are published: %s", error)
        return {}
    published: dict[str, list[float | None]] = json.loads(before) if isinstance(before, bytes) else {}
    return published


def queue_changed() -> None:
    """Publish the state of the queue to all users with unfinished jobs, and the new positions."""
    state = current_state()
    event = QueueChanged(None, 0, state=str(state), reason=state.message if state.paused or state.closed else "")
    with_jobs = Job.objects.unfinished().order_by().values("owner_id")
    for owner_id in Share.objects.filter(owner_id__in=with_jobs).order_by().values_list("owner_id", flat=True):
        publish(owner_id, event)
    queue_moved()


def site_changed() -> None:
    """Publish the document of the site to everybody who has a page open."""
    publish_to_everyone(SiteChanged(None, 0, serialize_site().model_dump(mode="json")))
