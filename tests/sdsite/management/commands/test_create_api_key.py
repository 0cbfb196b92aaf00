"""Commands that print a key, and that give back lost jobs."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from generation.jobs.claim import claim
from generation.models import Job
from sdsite.accounts.api_keys import authenticate
from tests.support.factories import make_job


def test_the_key_alone_is_printed(alice, capsys):
    call_command("create_api_key", user="alice", scopes="generate,read", name="laptop", expires_days=2)
    out, words = capsys.readouterr()
    key = authenticate(out.strip())
    assert (key.owner, key.name, key.scopes) == (alice, "laptop", ["generate", "read"])
    assert timedelta(days=1) < key.expires_at - timezone.now() <= timedelta(days=2)
    assert out.strip() not in words


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"user": "nobody"}, "no user named 'nobody'"),
        ({"scopes": "everything"}, "generate, read, write"),
        ({"scopes": " , "}, "generate, read, write"),
        ({"expires_days": -1}, "must lie in the future"),
        ({"expires_days": 1e12}, "--expires-days"),
        ({"name": ""}, "name of 1 to 100 characters"),
    ],
)
def test_a_wrong_wish_is_refused_with_a_sentence(alice, wrong, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("create_api_key", **{"user": "alice", "scopes": "read", **wrong})
    assert not alice.api_keys.exists()


def test_reaping_gives_the_job_of_a_silent_worker_back(alice, checkpoint, capsys):
    job = make_job(alice, checkpoint)
    claim(worker="silent", lanes=["interactive"])
    call_command("reap_jobs")
    assert Job.objects.get(pk=job.pk).status == Job.Status.RUNNING
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    call_command("reap_jobs")
    job.refresh_from_db()
    assert (job.status, job.attempt) == (Job.Status.QUEUED, 2)
    assert capsys.readouterr().out.splitlines() == ["0 jobs taken back.", "1 jobs taken back."]


def test_a_loop_without_a_pause_is_refused():
    with pytest.raises(CommandError, match="more than 0 seconds"):
        call_command("reap_jobs", loop=0)
