"""Workers that claim at once: no job twice, and nobody waits for a row that another worker has locked."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from generation.jobs.batch_companions import claim_companions
from generation.jobs.claim import claim
from generation.models import Job, Share
from tests.support.factories import make_job, make_user

pytestmark = pytest.mark.django_db(transaction=True)

LANES = ("interactive", "batch")


def in_another_connection(function):
    """Return what `function` returns on a connection of its own, which waits for no lock longer than two seconds."""

    def run():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


@pytest.fixture
def row_locks():
    """Only where the database locks rows: on SQLite a second writer waits for the first."""
    if not connection.features.has_select_for_update_skip_locked:
        pytest.skip(f"{connection.vendor} locks no rows; `make test` runs this on PostgreSQL too")


def test_many_workers_claim_each_job_once(checkpoint, no_worker):
    people = [make_user(f"person{number}") for number in range(3)]
    jobs = [make_job(owner, checkpoint) for owner in people for _ in range(4)]

    def work(name):
        found = []
        try:
            while job := claim(worker=name, lanes=LANES):
                found.append(job.pk)
        finally:
            connection.close()
        return found

    with ThreadPoolExecutor(3) as pool:
        claimed = [pk for found in pool.map(work, ("w1", "w2", "w3")) for pk in found]
    assert sorted(claimed) == sorted(job.pk for job in jobs)
    assert set(Job.objects.values_list("status", "attempt")) == {("running", 1)}


@pytest.mark.parametrize("locked", [Share, Job])
def test_a_claim_passes_users_and_jobs_that_another_worker_has_locked(row_locks, alice, charlie, checkpoint, locked):
    for owner in (alice, charlie):
        make_job(owner, checkpoint)
    with transaction.atomic():
        assert locked.objects.select_for_update().filter(owner=alice).exists()
        job = in_another_connection(lambda: claim(worker="w", lanes=LANES))
        assert job.owner == charlie


@pytest.mark.parametrize("locked", [Share, Job])
def test_companions_that_another_worker_has_locked_are_left_to_it(row_locks, alice, charlie, bob, checkpoint, locked):
    for owner in (alice, charlie, bob):
        make_job(owner, checkpoint)
    lead = claim(worker="w", lanes=LANES)
    assert lead.owner == alice

    def companions():
        return list(claim_companions(lead, worker="w", lanes=LANES, most_images=3))

    with transaction.atomic():
        assert locked.objects.select_for_update().filter(owner=charlie).exists()
        assert [job.owner for job in in_another_connection(companions)] == [bob]
