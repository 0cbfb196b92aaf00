"""Latency of previews and ends of jobs from the worker to websocket clients, with a real daphne, Valkey and worker."""

import asyncio
import json
import os
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

OPENING_SECONDS = 120.0

Moments = dict[tuple[str, int], float]


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--jobs", type=int, default=10, help="Jobs to run, each of --steps steps.")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--viewers", type=int, default=1, help="Websockets of one user that follow the jobs.")


class Viewers(threading.Thread):
    """Websocket clients that record when each preview and each end of a job arrives."""

    def __init__(self, port: int, key: str, number: int) -> None:
        """Prepare; `start` connects and begins to listen."""
        super().__init__(name="viewers", daemon=True)
        try:
            from websockets.asyncio.client import connect  # only development machines have it
        except ImportError as error:
            raise BenchFailed("bench latency needs the websockets package: make install-dev.") from error
        self.arrived: list[Moments] = [{} for _ in range(number)]
        self.ended: dict[str, list[float]] = {}
        self.listening = 0
        self._connect = connect
        self._where = f"ws://{HOST}:{port}/ws/events/"
        self._headers = {"Authorization": f"Bearer {key}"}
        self._loop = asyncio.new_event_loop()

    def run(self) -> None:
        """Listen with all clients until `close`."""
        self._watch = self._loop.create_task(self._listen_all())
        try:
            self._loop.run_until_complete(self._watch)
        except asyncio.CancelledError:
            return

    async def _listen_all(self) -> None:
        handshakes = asyncio.Semaphore(10)
        async with asyncio.TaskGroup() as group:
            for arrived in self.arrived:
                group.create_task(self._listen(arrived, handshakes))

    async def _listen(self, arrived: Moments, handshakes: asyncio.Semaphore) -> None:
        async with handshakes:
            socket = await self._connect(
                self._where, additional_headers=self._headers, compression=None, open_timeout=OPENING_SECONDS
            )
            await socket.recv()  # the snapshot: no event is missed from here on
        self.listening += 1
        async with socket:
            async for frame in socket:
                self._note(arrived, frame, time.time())

    def _note(self, arrived: Moments, frame: str | bytes, moment: float) -> None:
        if isinstance(frame, bytes):
            header = json.loads(frame[4 : 4 + int.from_bytes(frame[:4], "big")])
            arrived.setdefault((header["job"], header["data"]["step"]), moment)
            return
        message = json.loads(frame)
        if message["event"] == "job.succeeded":
            self.ended.setdefault(message["job"], []).append(moment)

    def close(self) -> None:
        """Stop listening."""
        if self._loop.is_running():
            self._loop.call_soon_threadsafe(self._watch.cancel)
        self.join(timeout=10.0)


def run(options: dict[str, Any], write: Callable[[str], object]) -> None:
    """Run jobs one after the other and print the latency of their previews and ends.

    Raises:
        BenchFailed: the temporary site failed.
    """
    requested = GenerationParameters(prompt="a red heart", steps=options["steps"], preview=PreviewParameters(every=1))
    number = options["viewers"]
    os.environ["SDSITE_SOCKETS"] = str(number)  # read by the web process
    with BenchSite(web=True, worker_class=WORKER) as site:
        _, key = create_key(owner=site.owner, name="bench", scopes=["read"])
        site.generate(requested)  # loads the checkpoint
        viewers = Viewers(site.port, key, number)
        viewers.start()
        try:
            site.until(lambda: viewers.listening >= number, f"{number} viewers", OPENING_SECONDS)
            jobs = [str(site.generate(requested).pk) for _ in range(options["jobs"])]

            def all_heard() -> bool:
                return all(len(viewers.ended.get(job, ())) >= number for job in jobs)

            site.until(all_heard, f"{number} viewers to hear the end of {len(jobs)} jobs", ARRIVAL_SECONDS)
        finally:
            viewers.close()
    report(_stamps(set(jobs)), viewers, write)


def _stamps(jobs: set[str]) -> Moments:
    lines = (settings.DATA_DIR / "stamps.jsonl").read_text().splitlines()
    stamps = [json.loads(line) for line in lines]
    return {(stamp["job"], stamp["step"]): stamp["at"] for stamp in stamps if stamp["job"] in jobs}


def report(sent: Moments, viewers: Viewers, write: Callable[[str], object]) -> None:
    """Print the milliseconds from the end of a step to its preview, and from the first end heard to the last."""
    late = sorted(
        1000 * (arrived[key] - moment) for arrived in viewers.arrived for key, moment in sent.items() if key in arrived
    )
    if len(late) < 2:
        raise BenchFailed("No preview arrived.")
    cuts = statistics.quantiles(late, n=20)
    expected = len(sent) * len(viewers.arrived)
    write(f"{len(late)} previews of {expected} expected, from the step's callback to a websocket client:")
    write(f"median {statistics.median(late):.1f} ms, p95 {cuts[18]:.1f} ms, worst {late[-1]:.1f} ms")
    spread = max(1000 * (max(moments) - min(moments)) for moments in viewers.ended.values())
    write(f"{len(viewers.arrived)} viewers: the last heard the end of a job {spread:.0f} ms after the first, at most")
