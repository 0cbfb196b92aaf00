"""People with an API key on a bad day: they ask, ask again when nobody answers, and wait until all is done."""

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
LOOK_SECONDS = 1.0
PATIENCE_SECONDS = 120.0  # no disaster lasts nearly so long
PAGE = 100


class ChaosStopped(Exception):
    """The day is over before the customer was done."""


class Refused(Exception):
    """An answer that asking again will not change; `status` 0: there was none."""

    def __init__(self, what: str, status: int = 0) -> None:
        """Keep the HTTP status."""
        super().__init__(what)
        self.status = status


class Customer(threading.Thread):
    """Submits its errands one after the other, cancels what it planned to, and follows all of them to their end.

    `accepted` maps the number of an errand to the id of its job, `seen` to the state last seen. `breaches` are
    promises of the API that were broken on the way.
    """

    def __init__(self, url: str, key: str, planned_jobs: Sequence[PlannedJob], seed: int, pause: float) -> None:
        """Take the list; `start` begins. `pause` is the mean number of seconds between two submissions."""
        super().__init__(daemon=True)
        self.url = url
        self.planned_jobs = list(planned_jobs)
        self.accepted: dict[int, str] = {}
        self.seen: dict[int, str] = {}
        self.breaches: list[str] = []
        self.answers: Counter[str] = Counter()
        self.done = threading.Event()
        self._pause = pause
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._dice = random.Random(f"customer {seed}")
        self._sent_home = threading.Event()

    def run(self) -> None:
        """Do everything; a customer who gives up says why in `breaches`."""
        try:
            due = self._submit_all()
            self._see_to_the_end(due)
        except ChaosStopped:
            self.breaches.append(f"{self.name} was not done when the day was over")
        except Exception as error:  # whatever it is, the day must not pass for a good one
            self.breaches.append(f"{self.name} gave up: {error!r:.300}")
        finally:
            self.done.set()

    def go_home(self) -> None:
        """Stop asking, done or not."""
        self._sent_home.set()

    def _submit_all(self) -> list[tuple[float, PlannedJob]]:
        due = []
        for planned_job in self.planned_jobs:
            headers = {"Idempotency-Key": planned_job.key}
            job = self.call("POST", "/api/v1/jobs", planned_job.requested, headers)
            self.accepted[planned_job.number] = job["id"]
            if planned_job.cancel_after is not None:
                due.append((time.monotonic() + planned_job.cancel_after, planned_job))
            if self._dice.random() < 0.2:  # as a client does that never got the answer
                again = self.call("POST", "/api/v1/jobs", planned_job.requested, headers)["id"]
                if again != job["id"]:
                    self.breaches.append(f"one Idempotency-Key made two jobs: {job['id']} and {again}")
            self._rest(self._dice.uniform(0, 2 * self._pause))
            due = self._cancel(due)
        return due

    def _cancel(self, due: list[tuple[float, PlannedJob]]) -> list[tuple[float, PlannedJob]]:
        for moment, planned_job in due:
            if moment <= time.monotonic():
                self.call("POST", f"/api/v1/jobs/{self.accepted[planned_job.number]}/cancel")
        return [one for one in due if one[0] > time.monotonic()]

    def _see_to_the_end(self, due: list[tuple[float, PlannedJob]]) -> None:
        open_ones = dict(self.accepted)
        while open_ones or due:
            due = self._cancel(due)
            for number, job_id in list(open_ones.items()):
                self.seen[number] = self.call("GET", f"/api/v1/jobs/{job_id}")["status"]
                if self.seen[number] not in ("queued", "running"):
                    del open_ones[number]
                elif self.seen[number] == "queued":
                    break  # those behind it wait too
            self._rest(LOOK_SECONDS)

    def _rest(self, seconds: float) -> None:
        if self._sent_home.wait(seconds):
            raise ChaosStopped

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """Return the JSON answer; ask again until there is one.

        Raises:
            Refused: the site understood and said no, or said nothing of use for PATIENCE_SECONDS.
            ChaosStopped: the day ended first.
        """
        return json.loads(self.fetch(method, path, body, headers))

    def fetch(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> bytes:
        """Return the body of the answer; raises as `call` does."""
        data = None if body is None else json.dumps(body).encode()
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            request = Request(self.url + path, data, {**self._headers, **(headers or {})}, method=method)  # noqa: S310
            try:
                with urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310  our own site
                    content: bytes = answer.read()
                self.answers[str(answer.status)] += 1
                return content
            except HTTPError as error:
                self.answers[str(error.code)] += 1
                if error.code < 500 and error.code != 429:
                    raise Refused(f"{method} {path}: {error.code} {error.read()[:300]!r}", error.code) from error
            except (OSError, HTTPException, ValueError):
                self.answers["no answer"] += 1
            self._rest(PAUSE_SECONDS)
        raise Refused(f"{method} {path}: no useful answer in {PATIENCE_SECONDS:g} s")
