"""Parts of a site on one machine (Valkey, web, workers) for the supervisor, and the maintenance thread."""

import ipaddress
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import Error, close_old_connections, connection
from redis import RedisError

from sdsite import env
from sdsite.core import accelerators, disk_space
from sdsite.server import on_demand, valkey
from sdsite.server.supervisor import Part

logger = logging.getLogger(__name__)

ROUND_SECONDS = 2.0
SWEEP_SECONDS = 6 * 3600.0  # leftover files do no harm
PYTHON = sys.executable
ACCELERATOR = "mps" if sys.platform == "darwin" else "cuda"


class Maintenance(threading.Thread):
    """Thread that gives jobs of dead workers back at once, reaps stale ones every ROUND_SECONDS, and removes leftovers.

    It also starts the on-demand processes. It is a thread of its own, so that a database that hangs does not keep the
    supervisor from handling Ctrl-C.
    """

    def __init__(self) -> None:
        """Prepare; `start` begins the rounds."""
        super().__init__(name="maintenance", daemon=True)
        self._dead: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._next_tries: queue.SimpleQueue[tuple[str, float]] = queue.SimpleQueue()
        self._processes: list[on_demand.OnDemandProcess] = []
        self._scarce = False

    def worker_died(self, identity: str) -> None:
        """Record that the worker `identity` has died."""
        self._dead.put(identity)

    def worker_waits(self, identity: str, seconds: float) -> None:
        """Record that the worker `identity` has ended and is started again in `seconds`, for those who look at it."""
        if seconds:
            self._next_tries.put((identity, time.time() + seconds))

    def finish(self) -> None:
        """Handle the recorded deaths, then end; waits at most a few seconds."""
        self._dead.put(None)
        self.join(timeout=5.0)

    def run(self) -> None:
        """Make rounds until `finish` is called; what fails is tried again in the next."""
        swept_at = time.monotonic()
        self._clear_sessions()
        self._processes = [on_demand.checkpoints(), on_demand.weights(), on_demand.webhooks()]
        while True:
            try:
                name = self._dead.get(timeout=ROUND_SECONDS)
            except queue.Empty:
                name = ""
            if name is None:
                break
            self._round(name)
            self.note_next_tries()
            self._note_disk_space()
            for process in self._processes:
                process.start_if_due()
            if time.monotonic() - swept_at > SWEEP_SECONDS:
                swept_at = time.monotonic()
                self._sweep()
                self._clear_sessions()
                self._tidy_accounts()
            self._index()
            self._end_what_is_over()
        for process in self._processes:
            process.ask_to_end()
        for process in self._processes:
            process.stop()
        connection.close()

    def _note_disk_space(self) -> None:
        """Log once when new work begins to be refused for want of space, and once when it is taken again.

        Meanwhile the embedded Valkey writes no file: tickets may be lost, and it would refuse every command.
        """
        scarce = disk_space.is_scarce()
        if scarce == self._scarce:
            return
        self._scarce = scarce
        free = disk_space.free_bytes() // disk_space.MB
        logger.warning("%d MB are free on the disk: new work is %s", free, "refused" if scarce else "taken again")
        if not settings.ENV["REDIS_URL"]:
            try:
                valkey.write_file(settings.REDIS_URL, wanted=not scarce)
            except RedisError as error:
                logger.warning("the queue's append-only file stays as it is: %s", error)

    def note_next_tries(self) -> None:
        """Let the admin see when workers whose device failed are started again."""
        from generation.queue import workers  # here, so that the module does not need the apps

        while not self._next_tries.empty():
            try:
                workers.note_next_try(*self._next_tries.get())
            except RedisError as error:
                logger.warning("the next try of a worker is not shown: %s", error)

    @staticmethod
    def _sweep() -> None:
        from gallery.actions.cleanup import SweepRefused, sweep  # here, so that the module does not need the apps

        try:
            sweep()
        except SweepRefused as refused:
            logger.warning("files that belong to no image stay: %s", refused)
        except (Error, OSError) as error:
            logger.warning("files that belong to no image stay for now: %s", error)
        except Exception:
            logger.exception("files that belong to no image stay for now")

    @staticmethod
    def _clear_sessions() -> None:
        from sdsite.core.session_store import SessionStore  # here, so that the module does not need the apps

        try:
            SessionStore.clear_expired()
        except Exception as error:
            logger.warning("sessions that ended are not deleted yet: %s", error)
            connection.close()

    @staticmethod
    def _tidy_accounts() -> None:
        from generation.jobs.retention import delete_old_jobs
        from sdsite.accounts.audit_log.retention import remove_old as remove_old_events
        from sdsite.accounts.joining.requests import remove_old  # here, so that the module does not need the apps
        from sdsite.accounts.notices.store import remove_old as remove_old_notices
        from sdsite.people.removal import remove_due

        try:
            for remove in (delete_old_jobs, remove_old_notices, remove_old_events, remove_old, remove_due):
                remove()
        except Exception as error:
            logger.warning("accounts and jobs that are due to be removed stay for now: %s", error)
            connection.close()

    @staticmethod
    def _index() -> None:
        from gallery.actions.derivations import fill_derivations
        from gallery.actions.upgrades.perceptual_hashes import fill_hashes
        from gallery.actions.upgrades.thumbnails import fill_thumbnails
        from gallery.search.index import fill_loras, index_batch

        try:
            index_batch()  # few enough not to delay the next round
            fill_derivations()
            fill_thumbnails()
            fill_hashes()
            fill_loras()
        except Exception as error:
            logger.warning("images of an older version are not indexed yet: %s", error)
            connection.close()

    @staticmethod
    def _end_what_is_over() -> None:
        from gallery.actions import trash
        from gallery.actions.bulk import undo
        from sdsite.accounts.roles import suspension

        try:
            suspension.end_due()
            trash.delete_expired()
            undo.drop_expired()
        except Exception as error:
            logger.warning("suspensions that are over, and images that were long in the trash, stay: %s", error)
            connection.close()

    @staticmethod
    def _round(dead_worker: str) -> None:
        from generation.jobs import reaper  # here, so that the module does not need the apps

        try:
            close_old_connections()
            if dead_worker:
                reaper.release_worker(dead_worker)
            reaper.reap()
        except (Error, RedisError, OSError) as error:
            logger.warning("jobs of lost workers wait for the next round: %s", error)
            connection.close()
        except Exception:  # lost jobs would wait for ever if this thread ended
            logger.exception("jobs of lost workers wait for the next round")
            connection.close()


MALLOC = {"MALLOC_MMAP_THRESHOLD_": str(2**20)}  # bytes; read by glibc alone


def environ() -> dict[str, str]:
    """Return the environment that all parts share, whatever folder they are started in."""
    return {"SDSITE_DATA": str(settings.DATA_DIR), "DJANGO_SETTINGS_MODULE": "sdsite.settings", env.SUPERVISED: "1"}


def valkey_part() -> Part:
    """Return the embedded Valkey; its output is not shown, because it warns at every start about kernel settings."""

    def ready(alive: Callable[[], bool]) -> bool:
        return valkey.wait_until_answers(settings.REDIS_URL, alive=alive)

    return Part(
        name="valkey",
        command=lambda _identity: valkey.command(settings.DATA_DIR, settings.VALKEY_SOCKET),
        ready=ready,
        stop_seconds=10.0,
        on_death=lambda _identity, lines: valkey.set_aside_unreadable(settings.DATA_DIR, lines),
        shown=False,
    )


def web_part(host: str, port: int) -> Part:
    """Return daphne, which serves all pages, APIs and websockets.

    glibc returns freed blocks above its mmap threshold to the system, but raises that threshold, up to 32 MB, when it
    frees one; from then on each of its heaps keeps as much. A fixed threshold prevents that.
    """
    command = [PYTHON, "-m", "daphne", "-v", "0", "--no-server-name", "-b", host, "-p", str(port)]
    command.append("sdsite.asgi:application")
    return Part(name="web", command=lambda _identity: command, stop_seconds=5.0, environ={**environ(), **MALLOC})


def worker_part(number: int, maintenance: Maintenance, *, workers: int = 1) -> Part:
    """Return a resident worker for all lanes; the second SIGTERM makes it give back its current job.

    Where SDSITE_DEVICE lists several accelerators, worker n gets the n-th, starting again after the last, and sees no
    other; where it lists none, several workers spread over all cards likewise. Each is told how many of the `workers`
    share its device and the machine, unless settings say so. A worker whose accelerator failed is started again after
    growing waits.

    Raises:
        sdsite.core.accelerators.NoSuchDevice: SDSITE_DEVICE names one that is not there.
    """
    workers = max(workers, number)
    build, machine = accelerators.torch_build(), accelerators.read_machine()
    devices = _devices(workers, build, machine)
    device = accelerators.own_device(devices[(number - 1) % len(devices)], os.environ, build, machine)
    manage = str(settings.BASE_DIR / "manage.py")
    return Part(
        name=f"worker{number if number > 1 else ''}",
        command=lambda identity: [PYTHON, manage, "rqworker", *settings.LANES, "--name", identity],
        stop_seconds=15.0,
        nudge_seconds=5.0,
        on_death=lambda identity, _lines: maintenance.worker_died(identity),
        on_wait=maintenance.worker_waits,
        backoff={accelerators.FAILED_AT_ONCE: False, accelerators.FAILED_LATER: True},
        environ={**environ(), **device, **_sharing(devices, number, workers)},
        # "The best device" would now be the CPU.
        environ_after_backoff={} if device["SDSITE_DEVICE"] else {"SDSITE_DEVICE": ACCELERATOR},
    )


def _devices(workers: int, build: str, machine: accelerators.Machine) -> list[str]:
    """Return the devices that workers get in turn."""
    devices = [name.strip() for name in settings.ENV["SDSITE_DEVICE"].split(",")]
    if workers > 1 and len(devices) == 1 and devices[0] in accelerators.AUTO:
        cards = accelerators.count_cards(os.environ, build, machine)
        devices = [f"cuda:{number}" for number in range(cards)] or devices
    return devices


def _sharing(devices: list[str], number: int, workers: int) -> dict[str, str]:
    """Return how many workers share the device of worker `number` and the memory of this machine."""
    devices = ["cuda:0" if name == "cuda" else name for name in devices]
    own = devices[(number - 1) % len(devices)]
    sharing = sum(devices[one % len(devices)] == own for one in range(workers))
    counted = {"SDSITE_DEVICE_WORKERS": sharing, "SDSITE_HOST_WORKERS": workers}
    return {name: str(settings.ENV[name] or count) for name, count in counted.items()}


def queue_parts() -> list[Part]:
    """Return the embedded Valkey, or nothing where REDIS_URL names a server."""
    return [] if settings.ENV["REDIS_URL"] else [valkey_part()]


def address(host: str, port: int) -> str:
    """Return the URL at which a browser on this machine reaches a site that listens on `host` and `port`."""
    try:
        ip = ipaddress.ip_address(host)
        if ip.is_unspecified:
            host = "localhost"
        elif ip.version == 6:
            host = f"[{host}]"
    except ValueError:
        pass
    return f"http://{host}:{port}/"
