"""Submitting a job: what is accepted, what is refused and why."""

import pytest

from generation.errors import JobRefused
from generation.jobs.batch_companions import batch_key
from generation.jobs.submission.idempotency import compute_digest
from generation.jobs.submission.submit import submit_job
from generation.models import Job
from generation.parameters import grids
from generation.parameters.schema import GenerationParameters
from generation.queue import tickets
from generation.queue.costs import predict_seconds
from sdsite.accounts.credentials import Credentials
from sdsite.accounts.models import User
from tests.support.clients.api_client import make_key
from tests.support.factories import make_checkpoint


def submit(owner, **fields):
    more = {name: fields.pop(name) for name in ("idempotency_key", "lane") if name in fields}
    requested = GenerationParameters(**{"prompt": "a red heart", **fields})
    return submit_job(credentials=Credentials(owner), parameters=requested, source="api", **more)


def test_the_row_has_all_that_worker_and_pages_need(alice, checkpoint):
    key, _ = make_key(alice)
    checkpoint.negative_prompt = "blurry"
    checkpoint.save()
    requested = GenerationParameters(prompt="a red heart", count=3, steps=7)
    made = submit_job(credentials=Credentials(alice, key), parameters=requested, source="openai", lane="batch")
    job = Job.objects.get()
    assert (job.pk, job.owner, job.api_key, job.source, job.lane) == (made.pk, alice, key, "openai", "batch")
    assert (job.status, job.prompt, job.count, job.checkpoint) == ("queued", "a red heart", 3, checkpoint)
    resolved = job.resolved()
    assert (resolved.steps, resolved.count) == (7, 3)
    assert job.notes == ["The negative prompt is that of starter: blurry"]
    assert job.batch_key == batch_key(resolved) != ""
    assert job.predicted_seconds == predict_seconds(resolved, checkpoint) > 0
    assert (job.idempotency_key, job.wish_digest) == (None, compute_digest(requested))


def test_a_random_seed_is_picked_once_and_kept(alice, checkpoint):
    seeds = {submit(alice, seed=seed).parameters["seed"] for seed in (None, -1, None)}
    assert len(seeds) == 3
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_cells_of_a_grid_are_expanded_once(alice, checkpoint, monkeypatch):
    expanded = []
    set_cell = grids.set_cell
    monkeypatch.setattr(grids, "set_cell", lambda *args: (expanded.append(args[-1]), set_cell(*args)))
    axes = [{"field": "steps", "values": [4, 8]}, {"field": "prompt", "values": ["a {red|blue} heart", "a star"]}]
    job = submit(alice, grid={"axes": axes}, count=2)
    assert job.count == 8
    assert expanded == [0, 1, 2, 3]


def test_an_unknown_or_disabled_checkpoint_is_refused_naming_the_others(alice, checkpoint):
    make_checkpoint("hidden", enabled=False)
    for slug in ("nowhere", "hidden"):
        with pytest.raises(JobRefused) as refused:
            submit(alice, checkpoint=slug)
        assert refused.value.code == "checkpoint_missing"
        assert "starter" in refused.value.message


def test_a_site_without_checkpoints_says_so(alice):
    with pytest.raises(JobRefused) as refused:
        submit(alice)
    assert refused.value.code == "checkpoint_missing"


def test_the_same_key_and_wish_give_the_same_job(alice, charlie, checkpoint):
    first = submit(alice, idempotency_key="k")
    assert submit(alice, idempotency_key="k") == first
    assert submit(charlie, idempotency_key="k") != first
    assert Job.objects.count() == 2


def test_the_same_key_with_another_wish_is_a_conflict(alice, checkpoint):
    submit(alice, idempotency_key="k")
    with pytest.raises(JobRefused) as refused:
        submit(alice, idempotency_key="k", prompt="a blue heart")
    assert (refused.value.code, refused.value.status) == ("idempotency_conflict", 409)
    assert Job.objects.count() == 1


def test_a_job_gets_one_ticket_in_its_lane_on_commit(alice, checkpoint, valkey, django_capture_on_commit_callbacks):
    def waiting():
        return {lane: tickets._get_queue(lane).count for lane in ("interactive", "batch")}

    with django_capture_on_commit_callbacks(execute=True):
        submit(alice)
        assert waiting() == {"interactive": 0, "batch": 0}
    assert waiting() == {"interactive": 1, "batch": 0}
    with django_capture_on_commit_callbacks(execute=True):
        submit(alice, lane="batch", idempotency_key="k")
    with django_capture_on_commit_callbacks(execute=True):
        submit(alice, lane="batch", idempotency_key="k")
    assert waiting() == {"interactive": 1, "batch": 1}


def test_a_suspended_owner_submits_nothing(alice, checkpoint):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with pytest.raises(JobRefused) as refused:
        submit(alice)
    assert (refused.value.code, refused.value.status) == ("unauthorized", 401)
    assert not Job.objects.exists()
