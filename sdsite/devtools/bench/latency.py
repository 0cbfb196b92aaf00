"""Latency of previews from a step to a websocket client, with a real daphne, Valkey and worker."""

import json
import statistics
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings

from generation.parameters.nested import PreviewParameters
from generation.parameters.schema import GenerationParameters
from sdsite.accounts.api_keys import create_key
from sdsite.devtools.bench.site import HOST, BenchFailed, BenchSite

WORKER = "sdsite.devtools.bench.stamped_worker.StampedWorker"
ARRIVAL_SECONDS = 10.0

Moments = dict[tuple[str, int], float]


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--jobs", type=int, default=10, help="Jobs to run, each of --steps steps.")
    parser.add_argument("--steps", type=int, default=20)


class Viewer(threading.Thread):
    """A websocket client that records when each preview arrives."""

    def __init__(self, port: int, key: str) -> None:
        """Connect; `start` begins to listen."""
        super().__init__(name="viewer", daemon=True)
        try:
            from websockets.sync.client import connect  # only development machines have it
        except ImportError as error:
            raise BenchFailed("bench latency needs the websockets package: make install-dev.") from error
        self.arrived: Moments = {}
        self._socket = connect(
            f"ws://{HOST}:{port}/ws/events/",
            additional_headers={"Authorization": f"Bearer {key}"},
            compression=None,
        )
        self._socket.recv(timeout=ARRIVAL_SECONDS)  # the snapshot: no event is missed from here on

    def run(self) -> None:
        """Record arrivals until the socket is closed."""
        for frame in self._socket:
            now = time.time()
            if isinstance(frame, bytes):
                header = json.loads(frame[4 : 4 + int.from_bytes(frame[:4], "big")])
                self.arrived.setdefault((header["job"], header["data"]["step"]), now)

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()
        self.join(timeout=5.0)


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Run jobs one after the other and print the latency of their previews.

    Raises:
        BenchFailed: the temporary site failed.
    """
    requested = GenerationParameters(prompt="a red heart", steps=options["steps"], preview=PreviewParameters(every=1))
    with BenchSite(web=True, worker_class=WORKER) as site:
        _, key = create_key(owner=site.owner, name="bench", scopes=["read"])
        site.generate(requested)  # loads the checkpoint
        viewer = Viewer(site.port, key)
        viewer.start()
        try:
            jobs = [str(site.generate(requested).pk) for _ in range(options["jobs"])]
            expected = len(jobs) * options["steps"]
            site.until(lambda: len(viewer.arrived) >= expected, f"{expected} previews", ARRIVAL_SECONDS)
        finally:
            viewer.close()
    report(_stamps(set(jobs)), viewer.arrived, write)


def _stamps(jobs: set[str]) -> Moments:
    lines = (settings.DATA_DIR / "stamps.jsonl").read_text().splitlines()
    stamps = [json.loads(line) for line in lines]
    return {(stamp["job"], stamp["step"]): stamp["at"] for stamp in stamps if stamp["job"] in jobs}


def report(sent: Moments, arrived: Moments, write: Callable[[str], object]) -> None:
    """Print the milliseconds between the end of a step and the arrival of its preview."""
    late = sorted(1000 * (arrived[key] - moment) for key, moment in sent.items() if key in arrived)
    if len(late) < 2:
        raise BenchFailed("No preview arrived.")
    cuts = statistics.quantiles(late, n=20)
    write(f"{len(late)} previews of {len(sent)} steps, from the step's callback to a websocket client:")
    write(f"median {statistics.median(late):.1f} ms, p95 {cuts[18]:.1f} ms, worst {late[-1]:.1f} ms")
