"""Orders to a worker, kept in Redis until it reads them with its next heartbeat: drain, go on, unload a checkpoint.

An order that is lost with Redis changes nothing: a worker keeps to the last one that it has read.
"""

from generation.redis_client import connection

DRAIN_KEY = "sdsite:worker_drain"  # by name of a worker: "1" to claim nothing more, "0" to go on
UNLOAD_KEY = "sdsite:worker_unload:"  # and the name of a worker: slugs
UNLOAD_SECONDS = 3600  # an order that no worker has read by then is forgotten


def order_drain(name: str, *, draining: bool) -> None:
    """Order a worker to claim nothing more, or to go on."""
    connection().hset(DRAIN_KEY, name, str(int(draining)))


def order_unload(name: str, slug: str) -> None:
    """Order a worker to drop the checkpoint `slug` from memory, once it is not generating."""
    with connection().pipeline() as pipeline:
        pipeline.sadd(UNLOAD_KEY + name, slug)
        pipeline.expire(UNLOAD_KEY + name, UNLOAD_SECONDS)
        pipeline.execute()


def read_drain(name: str) -> bool | None:
    """Return whether a worker is ordered to drain; None: it has no order."""
    found = connection().hget(DRAIN_KEY, name)
    return None if found is None else found == b"1"


def take_unload(name: str) -> set[str]:
    """Return the slugs that a worker is ordered to drop, and forget the order."""
    with connection().pipeline() as pipeline:
        pipeline.smembers(UNLOAD_KEY + name)
        pipeline.delete(UNLOAD_KEY + name)
        slugs, _ = pipeline.execute()
    return {slug.decode() for slug in slugs}


def forget_orders(name: str) -> None:
    """Delete the orders to a worker that has ended."""
    connection().hdel(DRAIN_KEY, name)
    connection().delete(UNLOAD_KEY + name)
