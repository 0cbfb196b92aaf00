"""API clients of a chaos run, which submit jobs, retry when the site does not answer, and wait until all have ended."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from sdsite.devtools.chaos.workload import PlannedJob

ANSWER_SECONDS = 30.0
PAUSE_SECONDS = 0.3
POLL_SECONDS = 1.0
PATIENCE_SECONDS = 120.0  # every fault is much shorter
PAGE = 100


class ChaosStopped(Exception):
    """The run ended before the client was done."""


class Refused(Exception):
    """A response that a retry will not change; `status` 0: there was none."""

    def __init__(self, what: str, status: int = 0) -> None:
        """Keep the HTTP status."""
        super().__init__(what)
        self.status = status


class Client(threading.Thread):
    """Submits its planned jobs one after the other, cancels those planned so, and polls all of them until they end.

    `accepted` maps the number of a planned job to the id of its job, `seen` to the status last seen. `violations` are
    the invariants of the API that did not hold.
    """

    def __init__(self, url: str, key: str, planned_jobs: Sequence[PlannedJob], seed: int, pause: float) -> None:
        """Take the jobs; `start` begins. `pause` is the mean number of seconds between two submissions."""
        super().__init__(daemon=True)
        self.url = url
        self.planned_jobs = list(planned_jobs)
        self.accepted: dict[int, str] = {}
        self.seen: dict[int, str] = {}
        self.violations: list[str] = []
        self.answers: Counter[str] = Counter()
        self.done = threading.Event()
        self._pause = pause
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._dice = random.Random(f"client {seed}")
        self._stopped = threading.Event()

    def run(self) -> None:
        """Submit, cancel and wait; a client that gives up says why in `violations`."""
        try:
            due = self._submit_all()
            self._wait_until_finished(due)
        except ChaosStopped:
            self.violations.append(f"{self.name} was not done when the run ended")
        except Exception as error:  # any error must fail the run
            self.violations.append(f"{self.name} gave up: {error!r:.300}")
        finally:
            self.done.set()

    def stop(self) -> None:
        """Stop, done or not."""
        self._stopped.set()

    def _submit_all(self) -> list[tuple[float, PlannedJob]]:
        due = []
        for planned_job in self.planned_jobs:
            headers = {"Idempotency-Key": planned_job.key}
            job = self.call("POST", "/api/v1/jobs", planned_job.requested, headers)
            self.accepted[planned_job.number] = job["id"]
            if planned_job.cancel_after is not None:
                due.append((time.monotonic() + planned_job.cancel_after, planned_job))
            if self._dice.random() < 0.2:  # like a client that never got the response
                again = self.call("POST", "/api/v1/jobs", planned_job.requested, headers)["id"]
                if again != job["id"]:
                    self.violations.append(f"one Idempotency-Key made two jobs: {job['id']} and {again}")
            self._wait(self._dice.uniform(0, 2 * self._pause))
            due = self._cancel(due)
        return due

    def _cancel(self, due: list[tuple[float, PlannedJob]]) -> list[tuple[float, PlannedJob]]:
        for moment, planned_job in due:
            if moment <= time.monotonic():
                self.call("POST", f"/api/v1/jobs/{self.accepted[planned_job.number]}/cancel")
        return [one for one in due if one[0] > time.monotonic()]

    def _wait_until_finished(self, due: list[tuple[float, PlannedJob]]) -> None:
        unfinished = dict(self.accepted)
        while unfinished or due:
            due = self._cancel(due)
            for number, job_id in list(unfinished.items()):
                self.seen[number] = self.call("GET", f"/api/v1/jobs/{job_id}")["status"]
                if self.seen[number] not in ("queued", "running"):
                    del unfinished[number]
                elif self.seen[number] == "queued":
                    break  # those behind it are queued too
            self._wait(POLL_SECONDS)

    def _wait(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise ChaosStopped

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """Return the JSON of the response; retry until there is one.

        Raises:
            Refused: the site refused the request, or gave no useful response for PATIENCE_SECONDS.
            ChaosStopped: the run ended first.
        """
        return json.loads(self.fetch(method, path, body, headers))

    def fetch(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> bytes:
        """Return the body of the response; raises as `call` does."""
        data = None if body is None else json.dumps(body).encode()
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            request = Request(self.url + path, data, {**self._headers, **(headers or {})}, method=method)  # noqa: S310
            try:
                with urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310  the run's own site
                    content: bytes = answer.read()
                self.answers[str(answer.status)] += 1
                return content
            except HTTPError as error:
                self.answers[str(error.code)] += 1
                if error.code < 500 and error.code != 429:
                    raise Refused(f"{method} {path}: {error.code} {error.read()[:300]!r}", error.code) from error
            except (OSError, HTTPException, ValueError):
                self.answers["no answer"] += 1
            self._wait(PAUSE_SECONDS)
        raise Refused(f"{method} {path}: no useful answer in {PATIENCE_SECONDS:g} s")
