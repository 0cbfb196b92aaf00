"""A checkpoint that cannot be loaded fails its own job only."""

import pytest

from generation.models import Checkpoint
from tests.support.factories import make_checkpoint, make_job, make_user
from tests.support.site import finished

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def starter(live_site):
    return Checkpoint.objects.get(slug="starter")


@pytest.fixture
def alice(live_site):
    return make_user("alice")


@pytest.mark.parametrize(
    ("location", "content", "code"),
    [
        ("nowhere", None, "checkpoint_missing"),
        ("broken.safetensors", b"this is no checkpoint", "checkpoint_invalid"),
        ("evil.ckpt", b"\x80\x04}q\x00.", "checkpoint_invalid"),
    ],
)
def test_a_checkpoint_that_cannot_be_loaded_fails_its_job_only(
    live_site, alice, starter, tmp_path, location, content, code
):
    if content is not None:
        (tmp_path / location).write_bytes(content)
    kind = "file" if content else "folder"
    bad = make_checkpoint("bad", kind=kind, location=str(tmp_path / location))
    job = finished(make_job(alice, bad, steps=2))
    assert (job.status, job.error_code) == ("failed", code)
    assert job.error_message
    assert code in Checkpoint.objects.get(slug="bad").last_error
    pid = live_site.processes["worker"].pid
    assert finished(make_job(alice, starter, steps=2)).status == "succeeded"
    assert live_site.processes["worker"].pid == pid
    assert live_site.processes["worker"].poll() is None
