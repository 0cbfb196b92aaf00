"""A chaos run from start to end: start the site and the clients, inject faults, wait, check the invariants."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from sdsite.devtools.chaos.clients import Client
from sdsite.devtools.chaos.database import ChaosFailed
from sdsite.devtools.chaos.faults import FAULTS, FaultInjector
from sdsite.devtools.chaos.invariants import files_without_rows, outcomes, violations
from sdsite.devtools.chaos.site import ChaosSite, create_user
from sdsite.devtools.chaos.workload import PlannedJob, plan

START_SECONDS = 120.0
RECOVERY_SECONDS = 180.0  # after the last fault all jobs must end within
SUBMIT_SECONDS = 0.35  # mean seconds between two jobs, over all clients

Write = Callable[[str], object]


@dataclass(frozen=True)
class Scenario:
    """The options of a run: numbers of jobs, clients and workers, duration and rate of faults."""

    jobs: int
    clients: int
    workers: int
    minutes: float
    every: float
    seed: int
    server_url: str


def run(scenario: Scenario, write: Write) -> bool:
    """Run the scenario and print a report; return whether all invariants held.

    Raises:
        ChaosFailed: the site did not start, or the run was interrupted.
    """
    planned_jobs = plan(scenario.jobs, scenario.clients, scenario.seed)
    began = time.monotonic()
    with ChaosSite(scenario.workers) as site:
        _until(site, site.is_ready, START_SECONDS, "the site to be ready")
        clients = [_client(number, planned_jobs, site, scenario) for number in range(scenario.clients)]
        injector = FaultInjector(site, scenario.seed, scenario.server_url, scenario.every)
        for client in clients:
            client.start()
        opened = time.monotonic()
        _inject_faults(site, injector, clients, opened + 60 * scenario.minutes)
        _recover(site, clients)
        _until(site, site.is_ready, RECOVERY_SECONDS, "the site to answer again")
        lost_files = files_without_rows()
        seconds = time.monotonic() - opened
        found = violations(planned_jobs, clients)
    _report(scenario, injector.injected, clients, lost_files, write)
    write(f"{seconds:.0f} s of chaos, {time.monotonic() - began:.0f} s in all, seed {scenario.seed}")
    for line in found:
        write(f"BROKEN: {line}")
    write("Every promise was kept." if not found else f"{len(found)} promises were broken.")
    return not found


def _client(number: int, planned_jobs: list[PlannedJob], site: ChaosSite, scenario: Scenario) -> Client:
    name = f"client{number + 1}"
    own = [planned_job for planned_job in planned_jobs if planned_job.client == number]
    pause = SUBMIT_SECONDS * scenario.clients
    client = Client(site.url, create_user(name), own, scenario.seed + number, pause)
    client.name = name
    return client


def _inject_faults(site: ChaosSite, injector: FaultInjector, clients: list[Client], until: float) -> None:
    """Inject faults until every client is done, or the time is up."""
    while time.monotonic() < until and not all(client.done.is_set() for client in clients):
        _step(site)
        injector.step()
    injector.undo()
    connection.close()  # a cut may have broken it


def _recover(site: ChaosSite, clients: list[Client]) -> None:
    """Let the site finish its jobs; stop the clients that are not done after RECOVERY_SECONDS."""
    until = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < until and not all(client.done.is_set() for client in clients):
        _step(site)
    for client in clients:
        client.stop() if not client.done.is_set() else None
        client.join(60.0)


def _until(site: ChaosSite, question: Callable[[], Any], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not question():
        _step(site)
        if time.monotonic() > deadline:
            raise ChaosFailed(f"Timed out waiting for {what}.")


def _step(site: ChaosSite) -> None:
    site.step()
    if site.supervisor.stop_requests:
        raise ChaosFailed("Interrupted.")


def _report(
    scenario: Scenario, injected: Mapping[str, int], clients: list[Client], lost_files: list[str], write: Write
) -> None:
    write(f"{scenario.jobs} jobs of {scenario.clients} clients on {scenario.workers} workers, {connection.vendor}")
    table = {fault.name: injected.get(fault.name, 0) for fault in FAULTS}
    answers: dict[str, int] = {}
    for client in clients:
        for kind, number in client.answers.items():
            answers[f"answer {kind}"] = answers.get(f"answer {kind}", 0) + number
    swept = {"files without a row, deleted": len(lost_files)}
    for title, rows in {
        f"Faults ({sum(table.values())})": table,
        "Outcomes": {**dict(sorted(outcomes().items())), **swept},
        "Responses": dict(sorted(answers.items())),
    }.items():
        write(f"\n{title}")
        for name, number in rows.items():
            write(f"  {name:<36} {number:>6}")
    write("")
