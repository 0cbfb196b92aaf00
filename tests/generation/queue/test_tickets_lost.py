"""Lost tickets and a paused queue: an idle worker finds the row, or leaves it."""

import pytest
from django.db import transaction

from generation.jobs.queue_control import set_state
from generation.jobs.submission.submit import submit_job
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from generation.queue import tickets
from sdsite.accounts.credentials import Credentials
from tests.support.factories import make_user
from tests.support.site import wait_for

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def alice(transactional_db):
    return make_user("alice")


def submit_without_ticket(owner):
    """Queue a job without a ticket, as when Redis lost it."""
    requested = GenerationParameters(prompt="a red heart", steps=2)
    with transaction.atomic():
        job = submit_job(credentials=Credentials(owner), parameters=requested, source="api")
        transaction.get_connection().run_on_commit.clear()
    return job


def ended(job):
    job.refresh_from_db()
    return job.status == "succeeded"


def test_an_idle_worker_finds_a_job_without_a_ticket(live_site, alice):
    job = submit_without_ticket(alice)
    wait_for(lambda: ended(job), what="a job without a ticket")


def test_nothing_starts_in_a_paused_queue_until_it_is_resumed(live_site, alice):
    root = make_user("root", is_staff=True)
    set_state(actor=root, paused=True)
    requested = GenerationParameters(prompt="a red heart", steps=2)
    job = submit_job(credentials=Credentials(alice), parameters=requested, source="api")
    wait_for(lambda: tickets.depth()["interactive"] == 1, what="the job to wait")
    wait_for(lambda: tickets._get_queue("interactive").count == 0, what="its ticket to be spent")
    wait_for(live_site.idle_worker, what="the worker to be idle again")
    assert Job.objects.get(pk=job.pk).status == "queued"
    assert tickets.wake_idle_lanes() == 0
    set_state(actor=root, paused=False)
    wait_for(lambda: ended(job), what="the resumed queue")
