"""`manage.py up` as a process of its own, in a data folder of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress

import httpx
import psutil
from redis import Redis, RedisError

from sdsite import env
from tests.support import database
from tests.support.site import ROOT, free_port, wait_for

MARKS = {"web": "daphne", "worker": "rqworker", "valkey": "valkey-server"}


def environment(data, **more):
    """Return an environment in which only `data` and what is named matters."""
    names = {variable.name for variable in env.VARIABLES} | {"DJANGO_SETTINGS_MODULE"}
    clean = {key: value for key, value in os.environ.items() if key not in names}
    own = {"SDSITE_DATA": str(data), "SDSITE_ENV_FILE": os.devnull, "SDSITE_DEVICE": "cpu", "OMP_NUM_THREADS": "1"}
    return {**clean, **own, **more}


def manage(data, *words, seconds=90, start=("manage.py",), **more):
    """Run a management command to its end and return what came of it."""
    command = [sys.executable, *start, *map(str, words)]
    return subprocess.run(
        command, cwd=ROOT, env=environment(data, **more), capture_output=True, text=True, timeout=seconds, check=False
    )


def manage_inside(prepared_python, data, *words, seconds=90):
    """Run a bench or a chaos run in `data` itself, on a migrated database, with workers that are forked.

    Started by hand both make a folder, a database and a process of their own, which costs more than most benches.
    """
    database.copy_into(data)
    inside = {name: str(data) for name in ("SDSITE_BENCH_INSIDE", "SDSITE_CHAOS_INSIDE")}
    start = ("-m", prepared_python.__module__)
    own = {**inside, type(prepared_python).VARIABLE: prepared_python.address}
    return manage(data, *words, seconds=seconds, start=start, **own)


class Up:
    """One running `manage.py up`."""

    def __init__(self, data, *words, port=None, **more):
        """Start it, on a migrated database if `data` is new; its output goes to a file."""
        self.data = data
        if not data.exists():
            database.copy_into(data)
        self.port = port or free_port()
        self.log_path = data.parent / f"{data.name}-{self.port}-{len(list(data.parent.iterdir()))}.log"
        command = [sys.executable, "manage.py", "up", "--port", str(self.port), "--no-browser", *words]
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment(data, **more), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_until_ready(self):
        wait_for(self._ready, seconds=90, what="the site to be ready")
        return self

    def _ready(self):
        assert self.process.poll() is None, self.log()
        return "sdsite is ready" in self.log() and self.status("/readyz") == 200

    def status(self, path):
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def children(self):
        """Return every process below the supervisor."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def part(self, name):
        """Return the process of one part, or None."""
        for child in self.children():
            with suppress(psutil.Error):
                if child.status() != psutil.STATUS_ZOMBIE and MARKS[name] in " ".join(child.cmdline()):
                    return child
        return None

    def pid_of(self, name):
        """Return the process id of one part, or None."""
        process = self.part(name)
        return process and process.pid

    def live_worker(self):
        """Return what the worker that runs now says on the board, or None."""
        process = self.part("worker")
        with suppress(RedisError, OSError), Redis(unix_socket_path=str(self.data / "valkey.sock")) as redis:
            for text in redis.hvals("sdsite:workers"):
                worker = json.loads(text)
                if process is not None and worker["pid"] == process.pid:
                    return worker
        return None

    def password(self):
        """Return the password that it printed, or None."""
        found = re.search(r'First administrator: "admin", password: (\S+)', self.log())
        return found and found.group(1)

    def logs_in(self, password):
        """Tell whether `admin` comes in with `password` through the login page."""
        with httpx.Client(base_url=self.url, follow_redirects=True, timeout=20) as browser:
            browser.get("/accounts/login/").raise_for_status()
            form = {"login": "admin", "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
            browser.post("/accounts/login/", data=form, headers={"Referer": self.url})
            return browser.get("/admin/", follow_redirects=False).status_code == 200

    def stop(self, how=signal.SIGTERM):
        """End it, wait, and return the exit code; kill what is left if the test failed half-way."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            for child in self.children():
                child.kill()
            self.process.kill()
            raise
