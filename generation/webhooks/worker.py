"""Process that sends webhook deliveries and notices: one loop that claims due ones and sends them on a few threads.

It never imports torch. It ends by itself after IDLE_SECONDS in which no webhook was on and nothing due.
"""

import logging
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from queue import Empty, SimpleQueue

from django.db import Error, close_old_connections, connection

from generation.webhooks import delivery, retention
from generation.webhooks.catalog import BACKOFF
from sdsite.accounts.notices.sending import delivery as notices

logger = logging.getLogger(__name__)

THREADS = 8
LOOK_SECONDS = 1.0
SWEEP_SECONDS = 3600.0
STAY = BACKOFF[1]  # it stays for the first two retries; for later ones it is started again
IDLE_SECONDS = 30.0


class Sender:
    """The loop: each pass claims due deliveries for the free threads; passes are at most LOOK_SECONDS apart."""

    def __init__(self, *, stay: bool) -> None:
        """`stay`: never end by itself."""
        self._stay = stay
        self._ending = False
        self._under_way: dict[Future[None], int] = {}  # with the owner of each
        self._wake: SimpleQueue[None] = SimpleQueue()  # its put() is safe in a signal handler, Event.set() is not
        self._needed_at = time.monotonic()
        self._sweep_at = time.monotonic()

    def end(self, *_: object) -> None:
        """Start nothing more; `run` returns once what is under way has ended."""
        self._ending = True
        self._wake.put(None)

    def run(self) -> None:
        """Send what is due until `end` is called; without `stay` also until it is not needed."""
        with ThreadPoolExecutor(THREADS + 1, thread_name_prefix="webhook") as pool:  # one more: the sweep
            while not self._ending:
                try:
                    close_old_connections()
                    self._look(pool)
                except (Error, OSError) as error:
                    logger.warning("webhook deliveries wait for the next pass: %s", error)
                    connection.close()
                except Exception:  # a bug in one pass must not end the process
                    logger.exception("webhook deliveries wait for the next pass")
                    connection.close()
                if time.monotonic() - self._needed_at > IDLE_SECONDS:
                    return
                with suppress(Empty):
                    self._wake.get(timeout=LOOK_SECONDS)

    def _look(self, pool: ThreadPoolExecutor) -> None:
        self._under_way = {future: owner for future, owner in self._under_way.items() if not future.done()}
        while len(self._under_way) < THREADS and not self._ending:
            claimed = list(_claim(Counter(self._under_way.values())))
            for owner, name, work in claimed:
                future = pool.submit(_on_thread, name, work)
                self._under_way[future] = owner
                future.add_done_callback(lambda _: self._wake.put(None))
            if not claimed:
                break
        if self._stay or is_wanted(within=STAY):
            self._needed_at = time.monotonic()
        if time.monotonic() >= self._sweep_at:
            self._sweep_at = time.monotonic() + SWEEP_SECONDS
            pool.submit(_on_thread, "sweep", retention.sweep)


def is_wanted(*, within: timedelta = timedelta()) -> bool:
    """Tell whether the process is needed: a webhook of an account is on, or something is due `within`."""
    return delivery.is_wanted(within=within) or notices.is_wanted(within=within)


def _claim(busy: Counter[int]) -> Iterator[tuple[int, str, Callable[[], None]]]:
    """Claim a webhook delivery and a notice, where there are such; yield (owner, name in the log, work) of each."""
    hook = delivery.claim(busy=busy)
    if hook is not None:
        yield hook.webhook.owner_id, f"delivery {hook.pk}", partial(delivery.attempt, hook)
    notice = notices.claim(busy=busy)
    if notice is not None:
        yield notice[0].person_id, f"notice {notice[0].notice_id}", partial(notices.attempt, notice)


def _on_thread(name: str, work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:  # a delivery's lease runs out, and it is tried again
        logger.exception("webhook %s", name)
    finally:
        connection.close()


def run(*, stay: bool) -> None:
    """Send what is due until SIGTERM or SIGINT; without `stay` also until it is not needed."""
    sender = Sender(stay=stay)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, sender.end)
    sender.run()
