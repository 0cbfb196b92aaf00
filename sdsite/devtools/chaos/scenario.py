"""One chaotic day from morning to evening: open, let customers in, strike, wait, judge."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from sdsite.devtools.chaos.clients import Customer
from sdsite.devtools.chaos.database import ChaosFailed
from sdsite.devtools.chaos.faults import DISASTERS, Director
from sdsite.devtools.chaos.invariants import breaches, files_without_rows, outcomes
from sdsite.devtools.chaos.site import ChaosSite, make_customer
from sdsite.devtools.chaos.workload import PlannedJob, plan

START_SECONDS = 120.0
CALM_SECONDS = 180.0  # after the last disaster everything must be done within
SUBMIT_SECONDS = 0.35  # mean seconds between two jobs, over all customers

Write = Callable[[str], object]


@dataclass(frozen=True)
class Orders:
    """How long and how bad the day is to be."""

    jobs: int
    customers: int
    workers: int
    minutes: float
    every: float
    seed: int
    server_url: str


def hold(orders: Orders, write: Write) -> bool:
    """Hold the day and print how it went; return whether every promise was kept.

    Raises:
        ChaosFailed: the site did not start, or somebody interrupted.
    """
    planned_jobs = plan(orders.jobs, orders.customers, orders.seed)
    began = time.monotonic()
    with ChaosSite(orders.workers) as site:
        _until(site, site.is_ready, START_SECONDS, "the site to be ready")
        customers = [_customer(number, planned_jobs, site, orders) for number in range(orders.customers)]
        director = Director(site, orders.seed, orders.server_url, orders.every)
        for customer in customers:
            customer.start()
        opened = time.monotonic()
        _suffer(site, director, customers, opened + 60 * orders.minutes)
        _calm(site, customers)
        _until(site, site.is_ready, CALM_SECONDS, "the site to answer again")
        lost_files = files_without_rows()
        seconds = time.monotonic() - opened
        found = breaches(planned_jobs, customers)
    _report(orders, director.happened, customers, lost_files, write)
    write(f"{seconds:.0f} s of chaos, {time.monotonic() - began:.0f} s in all, seed {orders.seed}")
    for line in found:
        write(f"BROKEN: {line}")
    write("Every promise was kept." if not found else f"{len(found)} promises were broken.")
    return not found


def _customer(number: int, planned_jobs: list[PlannedJob], site: ChaosSite, orders: Orders) -> Customer:
    name = f"customer{number + 1}"
    own = [planned_job for planned_job in planned_jobs if planned_job.customer == number]
    pause = SUBMIT_SECONDS * orders.customers
    customer = Customer(site.url, make_customer(name), own, orders.seed + number, pause)
    customer.name = name
    return customer


def _suffer(site: ChaosSite, director: Director, customers: list[Customer], until: float) -> None:
    """Strike until every customer is served, or the day is over."""
    while time.monotonic() < until and not all(customer.done.is_set() for customer in customers):
        _step(site)
        director.step()
    director.relent()
    connection.close()  # what is left of it after a cut


def _calm(site: ChaosSite, customers: list[Customer]) -> None:
    """Let the site finish what it has; who is not served by then goes home and complains."""
    until = time.monotonic() + CALM_SECONDS
    while time.monotonic() < until and not all(customer.done.is_set() for customer in customers):
        _step(site)
    for customer in customers:
        customer.go_home() if not customer.done.is_set() else None
        customer.join(60.0)


def _until(site: ChaosSite, question: Callable[[], Any], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not question():
        _step(site)
        if time.monotonic() > deadline:
            raise ChaosFailed(f"Waited in vain for {what}.")


def _step(site: ChaosSite) -> None:
    site.step()
    if site.supervisor.stop_requests:
        raise ChaosFailed("Interrupted.")


def _report(
    orders: Orders, happened: Mapping[str, int], customers: list[Customer], lost_files: list[str], write: Write
) -> None:
    write(f"{orders.jobs} jobs of {orders.customers} customers on {orders.workers} workers, {connection.vendor}")
    table = {disaster.name: happened.get(disaster.name, 0) for disaster in DISASTERS}
    answers: dict[str, int] = {}
    for customer in customers:
        for kind, number in customer.answers.items():
            answers[f"answer {kind}"] = answers.get(f"answer {kind}", 0) + number
    swept = {"files swept that no row spoke of": len(lost_files)}
    for title, rows in {
        f"Disasters ({sum(table.values())})": table,
        "Outcomes": {**dict(sorted(outcomes().items())), **swept},
        "What customers heard": dict(sorted(answers.items())),
    }.items():
        write(f"\n{title}")
        for name, number in rows.items():
            write(f"  {name:<36} {number:>6}")
    write("")
