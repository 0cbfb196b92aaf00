"""Two transactions at once: what the second does while the first holds its locks."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from django.db import connection, transaction

SECONDS = 0.3  # for a second transaction that does not wait, to be done


@contextmanager
def while_locked(second: Callable[[], object]):
    """Run the block in a transaction; at its end `second` runs on another connection, before the commit.

    Yields a list that has, after the block, the result of `second` or the exception that it raised. Fails when it did
    not wait for the commit.
    """
    outcome: list[object] = []

    def run() -> object:
        try:
            return second()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            yield outcome
            running: Future[object] = pool.submit(run)
            early = wait([running], timeout=SECONDS).done
        outcome.append(running.result(30))
    assert not early, "the second transaction did not wait for the first"
