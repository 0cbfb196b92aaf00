"""Suspending a user cancels their jobs and closes their connections."""

import asyncio
import json
from contextlib import suppress

import pytest
import websockets
from asgiref.sync import sync_to_async
from django.urls import reverse

from generation.errors import JobRefused
from generation.jobs.claim import claim
from generation.models import Job
from sdsite.accounts.api_keys import create_key
from sdsite.accounts.models import AuditEvent, User
from tests.sdsite.accounts.test_admin import USERS, form_of
from tests.support.clients.logged_in import client_of
from tests.support.factories import make_job, make_user
from tests.support.site import wait_for


@pytest.fixture
def jobs(alice, charlie, checkpoint, no_worker):
    """Alice's running and waiting job, and Charlie's."""
    made = [make_job(who, checkpoint) for who in (alice, alice, charlie)]
    taken = claim(worker="w", lanes=["interactive"])
    assert taken.owner == alice
    return {"running": taken, "waiting": made[1], "foreign": made[2]}


def states():
    """Return the states of everybody's jobs."""
    found = {"alice": set(), "charlie": set()}
    for name, status in Job.objects.values_list("owner__username", "status"):
        found[name].add(status)
    return found


def test_their_jobs_end_and_those_of_others_go_on(as_root, root, alice, jobs, act):
    act(as_root, USERS, "deactivate", alice)
    running, waiting, foreign = (Job.objects.get(pk=jobs[name].pk) for name in ("running", "waiting", "foreign"))
    assert waiting.status == "cancelled"
    assert (running.status, running.cancel_requested_at is None) == ("running", False)
    assert foreign.status == "queued"
    assert claim(worker="v", lanes=["interactive"]) == foreign
    assert claim(worker="u", lanes=["interactive"]) is None
    assert AuditEvent.objects.get(action="user.deactivated").actor == root
    stopped = AuditEvent.objects.get(action="user.jobs_stopped")
    assert (stopped.target, stopped.detail) == ("alice", {"jobs": 2})


def test_the_form_of_a_person_does_the_same(as_root, alice, jobs):
    url = reverse("admin:accounts_user_change", args=[alice.pk])
    data = form_of(as_root, url)
    data.pop("is_active")
    assert as_root.post(url, data).status_code == 302
    assert not User.objects.get(pk=alice.pk).is_active
    assert states() == {"alice": {"running", "cancelled"}, "charlie": {"queued"}}


def test_saving_somebody_who_stays_stops_nothing(as_root, alice, jobs):
    url = reverse("admin:accounts_user_change", args=[alice.pk])
    assert as_root.post(url, form_of(as_root, url) | {"email": "new@example.org"}).status_code == 302
    assert states() == {"alice": {"running", "queued"}, "charlie": {"queued"}}


def test_a_save_that_fails_locks_nobody_out(alice, jobs, monkeypatch):
    def broken(**_):
        raise RuntimeError("no")

    monkeypatch.setattr("generation.jobs.deactivation.cancel_all", broken)
    alice.is_active = False
    with pytest.raises(RuntimeError):
        alice.save()
    assert User.objects.get(pk=alice.pk).is_active


def test_nothing_is_taken_in_the_name_of_somebody_locked_out(as_root, alice, jobs, act):
    """An administrator's retry, or a request that had come in already."""
    act(as_root, USERS, "deactivate", alice)
    act(as_root, reverse("admin:generation_job_changelist"), "retry_selected", jobs["waiting"])
    with pytest.raises(JobRefused) as refused:
        make_job(alice, jobs["waiting"].checkpoint)
    assert refused.value.status == 401
    assert not Job.objects.filter(owner=alice, status="queued").exists()


@pytest.mark.django_db(transaction=True)
async def test_a_drawn_job_stops_and_an_open_socket_closes(live_site, act):
    from generation.models import Checkpoint

    alice = await sync_to_async(make_user)("alice")
    root = await sync_to_async(make_user)("root", is_staff=True, is_superuser=True)
    starter = await sync_to_async(Checkpoint.objects.get)()
    _, key = await sync_to_async(create_key)(owner=alice, name="tests", scopes=["read"])
    headers = {"Authorization": f"Bearer {key}"}
    async with websockets.connect(live_site.websocket_url, additional_headers=headers, max_size=None) as opened:
        assert json.loads(await opened.recv())["event"] == "snapshot"
        job = await sync_to_async(make_job)(alice, starter, count=16, steps=150)
        async with asyncio.timeout(60):
            while "job.progress" not in str(await opened.recv()):
                pass
        client = await sync_to_async(client_of)(root)
        await sync_to_async(act)(client, USERS, "deactivate", alice)
        with suppress(websockets.ConnectionClosed):
            async with asyncio.timeout(20):
                async for _ in opened:
                    pass
        assert opened.close_code == 4401

    def ended():
        return Job.objects.get(pk=job.pk).status == "cancelled"

    await sync_to_async(wait_for)(ended, what="the end of the job")
    with pytest.raises(websockets.InvalidStatus):
        async with websockets.connect(live_site.websocket_url, additional_headers=headers):
            pass
