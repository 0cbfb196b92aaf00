"""A site on one machine: all its processes, from start to end."""

import http.client
import sys
import time
import webbrowser
from contextlib import closing
from typing import Any

from django.conf import settings

from sdsite.server import bootstrap
from sdsite.server.processes import Maintenance, address, queue_parts, web_part, worker_part
from sdsite.server.supervisor import Supervisor, say

STEP_SECONDS = 2.0
READINESS_SECONDS = 0.3  # between two checks until the site answers
HOST_PLACEHOLDERS = ("*", "")


class Site:
    """All parts of `manage.py up` under one supervisor."""

    def __init__(self, options: dict[str, Any]) -> None:
        """Prepare the parts that the options of `up` ask for."""
        self.host, self.port = options["host"], options["port"]
        self.url = address(self.host, self.port) + settings.ROOT_PATH[1:]
        self.browse = not options["no_browser"] and sys.stderr.isatty() and sys.stdin.isatty()
        self.maintenance = Maintenance()
        count = options["workers"]
        workers = [worker_part(number, self.maintenance, workers=count) for number in range(1, count + 1)]
        self.supervisor = Supervisor([*queue_parts(), web_part(self.host, self.port), *workers])
        self.began = time.monotonic()

    def run(self) -> None:
        """Start the parts and keep them alive until a stop request.

        Raises:
            CannotStart: a part did not start.
        """
        with self.supervisor.handling_signals():
            try:
                started = self.supervisor.start()
                self.maintenance.start()
                if started:
                    self._watch()
            finally:
                say("Stopping; Ctrl-C again to stop at once.")
                self.supervisor.stop()
                if self.maintenance.is_alive():
                    self.maintenance.finish()
        if not started and not self.supervisor.stop_requests:
            raise bootstrap.CannotStart("The site could not start; the lines above say why.")
        say("Stopped.")

    def _watch(self) -> None:
        announced = False
        while not self.supervisor.stop_requests:
            self.supervisor.step(STEP_SECONDS if announced else READINESS_SECONDS)
            if not announced and is_ready(self.host, self.port):
                announced = True
                self._announce()

    def _announce(self) -> None:
        say(f"\n    sdsite is ready: {self.url}   ({time.monotonic() - self.began:.1f} s; Ctrl-C stops it)\n")
        if self.browse:
            try:
                webbrowser.open(self.url)
            except (webbrowser.Error, OSError):
                self.browse = False


def is_ready(host: str, port: int) -> bool:
    """Whether `/readyz` of a site that listens on this machine answers 200."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound
    named = next((name for name in settings.ALLOWED_HOSTS if name not in HOST_PLACEHOLDERS), "localhost")
    try:
        with closing(http.client.HTTPConnection(target, port, timeout=3)) as connection:
            connection.request("GET", "/readyz", headers={"Host": named.lstrip(".")})
            return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
