"""All processes of one site, start to end."""

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


WATCHFUL_SECONDS = 0.3  # until the site answers


HOST_PLACEHOLDERS = ("*", "")


class Site:
    """The parts of one `up`, from start to end."""

    def __init__(self, options: dict[str, Any]) -> None:
        """Set the table of parts."""
        self.host, self.port = options["host"], options["port"]
        self.url = address(self.host, self.port)
        self.browse = not options["no_browser"] and sys.stderr.isatty() and sys.stdin.isatty()
        self.caretaker = Maintenance()
        workers = [worker_part(number, self.caretaker) for number in range(1, options["workers"] + 1)]
        self.supervisor = Supervisor([*queue_parts(), web_part(self.host, self.port), *workers])
        self.began = time.monotonic()

    def run(self) -> None:
        """Start, watch and end; a stop request is a good end, a part that cannot start is not."""
        with self.supervisor.listening():
            try:
                started = self.supervisor.start()
                self.caretaker.start()
                if started:
                    self._watch()
            finally:
                say("Stopping; Ctrl-C again to stop at once.")
                self.supervisor.stop()
                if self.caretaker.is_alive():
                    self.caretaker.finish()
        if not started and not self.supervisor.stop_requests:
            raise bootstrap.CannotStart("The site could not start; the lines above say why.")
        say("Stopped.")

    def _watch(self) -> None:
        announced = False
        while not self.supervisor.stop_requests:
            self.supervisor.step(STEP_SECONDS if announced else WATCHFUL_SECONDS)
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
    """Ask `/readyz` of a site that listens on this machine."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared with, not listened on
    named = next((name for name in settings.ALLOWED_HOSTS if name not in HOST_PLACEHOLDERS), "localhost")
    try:
        with closing(http.client.HTTPConnection(target, port, timeout=3)) as connection:
            connection.request("GET", "/readyz", headers={"Host": named.lstrip(".")})
            return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
