"""Defaults come from the checkpoint, and sizes it cannot draw are refused."""

import pytest

from generation.errors import JobRefused
from generation.jobs.submission.submit import submit_job
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from sdsite.accounts.credentials import Credentials


def submit(owner, **fields):
    key = fields.pop("idempotency_key", None)
    requested = GenerationParameters(**{"prompt": "a red heart", **fields})
    return submit_job(credentials=Credentials(owner), parameters=requested, source="api", idempotency_key=key)


def test_what_is_left_out_comes_from_the_checkpoint(alice, checkpoint):
    job = submit(alice)
    asked = job.resolved()
    assert (asked.checkpoint, asked.width, asked.height, asked.steps, asked.guidance_scale) == (
        "starter",
        128,
        128,
        20,
        4,
    )
    assert asked.sampler == "ddim"
    assert job.status == "queued"
    assert job.checkpoint == checkpoint


def test_other_sizes_are_refused_naming_what_is_allowed(alice, checkpoint):
    with pytest.raises(JobRefused) as refused:
        submit(alice, width=512, height=512)
    assert refused.value.code == "invalid_parameters"
    assert "128x128" in refused.value.fields["width"]
    assert not Job.objects.exists()
