"""A real site for tests: Valkey, daphne and worker as processes of their own, on the tests' database."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.prepared_workers import PreparedWorkers

ROOT = Path(__file__).resolve().parents[2]
COLLECT = "import django; django.setup(); from sdsite.server import bootstrap; bootstrap.collect_static()"


def wait_for(condition, *, seconds=30.0, what="the condition"):
    """Return the first true value of `condition()`; fail after `seconds`.

    The longer it waits the less often it asks: those that ask and those that answer share few processors.
    """
    began = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(min(0.02 + waited / 20, 0.1))


def fresh(job):
    """Return the row of `job` as it is now."""
    return type(job).objects.get(pk=job.pk)


def finished(job, seconds=60):
    """Return `job` once it has ended."""
    wait_for(lambda: fresh(job).is_finished, seconds=seconds, what="the job to end")
    return fresh(job)


def free_port():
    """Return a loopback port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class LiveSite:
    """Starts, kills and mends the parts; the tests' own process shares database and media with them."""

    def __init__(self, data):
        """Prepare for the data folder `data`; nothing runs yet."""
        self.data = Path(data)
        self.port = free_port()
        self.processes = {}
        self.prepared_workers = None
        self.has_static = False
        self.started = 0

    @property
    def url(self):
        """Where the site answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def websocket_url(self):
        """Where its events come from."""
        return f"ws://127.0.0.1:{self.port}/ws/events/"

    def start(self):
        """Start every part that does not run, and wait until the site can draw."""
        self.collect_static()
        for part in ("valkey", "web", "worker"):
            self.start_part(part)
        wait_for(self.answers, seconds=60, what="the web process")
        wait_for(self.idle_worker, seconds=60, what="an idle worker")

    def collect_static(self):
        """Collect the static files as `manage.py up` does, once: pages load bundles then, not a hundred modules."""
        if not self.has_static:
            subprocess.run([sys.executable, "-c", COLLECT], cwd=ROOT, env=self.environment(), check=True)
            self.has_static = True

    def start_part(self, part):
        """Start one part if it does not run."""
        process = self.processes.get(part)
        if process is not None and process.poll() is None:
            return
        with (self.data / f"{part}.log").open("ab") as log:
            self.processes[part] = self._started(part, log)
        if part == "valkey":
            wait_for(self.valkey_answers, what="Valkey")

    def _started(self, part, log):
        if part != "worker":
            return subprocess.Popen(
                self.command(part), cwd=ROOT, env=self.environment(), stdout=log, stderr=log, start_new_session=True
            )
        if self.prepared_workers is None:
            self.prepared_workers = PreparedWorkers(ROOT, self.environment(), log)
        return self.prepared_workers.start(self.command(part)[1:])

    def command(self, part):
        """Return the command line of one part, as the site's own supervisor has it."""
        from sdsite.server import processes

        self.started += 1
        rows = {
            "valkey": processes.valkey_part,
            "web": lambda: processes.web_part("127.0.0.1", self.port),
            "worker": lambda: processes.worker_part(1, processes.Maintenance()),
        }
        return rows[part]().command(f"tests-{os.getpid()}-{self.started}")

    def environment(self):
        """Return the environment of the parts: the tests' own database, whatever it is called."""
        from django.db import connection

        values = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "sdsite.settings",
            "SDSITE_DATA": str(self.data),
            "PYTHONUNBUFFERED": "1",
            "SDSITE_WEB_SECONDS": "30",  # as by default; the tests' own process has no limit
        }
        if connection.vendor == "postgresql":
            address = urlsplit(os.environ["DATABASE_URL"])
            values["DATABASE_URL"] = address._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
        return values

    def kill(self, part, how=signal.SIGKILL):
        """Send a signal to one part; after a SIGKILL, wait until it is gone."""
        process = self.processes[part]
        process.send_signal(how)
        if how == signal.SIGKILL:
            process.wait(10)

    def restart(self, part):
        """Kill one part and start it again."""
        self.kill(part)
        self.start_part(part)

    def answers(self):
        """Tell whether the web process answers."""
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
            return answer.status == 200
        return False

    def valkey_answers(self):
        """Tell whether Valkey answers."""
        from redis import RedisError

        from generation.redis_client import connection

        with contextlib.suppress(RedisError):
            return connection().ping()
        return False

    def idle_worker(self):
        """Return a live worker of this run that waits for work; one that died is started again."""
        from redis import RedisError

        from generation.queue.workers import live_workers

        self.start_part("worker")  # it may die of a Valkey that was killed, a moment after that
        pid = self.processes["worker"].pid
        with contextlib.suppress(RedisError):
            return next((worker for worker in live_workers() if worker.pid == pid and worker.state == "idle"), None)
        return None

    def forget_limits(self):
        """Forget what earlier tests spent of rate limits: all come from one address."""
        from generation.redis_client import connection

        for key in connection().scan_iter("sdsite:limits:*"):
            connection().delete(key)

    def settle(self):
        """Wait until no job runs, so that the next test starts with a quiet site."""
        from generation.models import Job

        Job.objects.queued().update(status="cancelled")
        if self.processes["worker"].poll() is None:
            self.processes["worker"].send_signal(signal.SIGCONT)
            for job in Job.objects.filter(status="running"):
                Job.objects.filter(pk=job.pk).update(cancel_requested_at=job.created_at)
            wait_for(lambda: not Job.objects.filter(status="running").exists(), what="running jobs to end")

    def log(self, part):
        """Return what one part said so far."""
        return (self.data / f"{part}.log").read_text(errors="replace")

    def stop(self):
        """End every part."""
        for part in ("worker", "web", "valkey"):
            process = self.processes.get(part)
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait(10)
        if self.prepared_workers is not None:
            self.prepared_workers.stop()
