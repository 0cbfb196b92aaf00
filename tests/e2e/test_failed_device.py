"""A worker whose card fails in mid-job, under the supervisor: the next one goes on, and only the job at fault ends."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.urls import reverse

from gallery.models import Image
from sdsite.server.processes import Maintenance, worker_part
from sdsite.server.supervisor import Supervisor
from tests.support import failing_card
from tests.support.factories import make_job, make_user
from tests.support.failing_card import FailingCard
from tests.support.simulated_devices import make_batches_pay
from tests.support.site import fresh, wait_for

pytestmark = pytest.mark.django_db(transaction=True)


def token_of(word, checkpoint):
    """Return the number of a word in the vocabulary of the starter checkpoint."""
    from transformers import CLIPTokenizer

    tokenizer = CLIPTokenizer.from_pretrained(Path(checkpoint.location) / "tokenizer")
    return tokenizer(word).input_ids[1]


@pytest.fixture
def supervisor(valkey, checkpoint):
    """A supervisor of one worker that generates on a card that fails at the word `unicorn`."""
    make_batches_pay(checkpoint, hardware=FailingCard().model)
    maintenance = Maintenance()
    part = worker_part(1, maintenance)
    manage = [sys.executable, failing_card.__file__]
    environ = {**valkey.environment(), **part.environ, failing_card.POISON: str(token_of("unicorn", checkpoint))}
    supervisor = Supervisor(
        [
            replace(
                part,
                command=lambda identity: [*manage, *part.command(identity)[2:]],
                environ={**environ, "SDSITE_DEVICE": "cuda:0", "SDSITE_DATA": str(valkey.data)},
            )
        ]
    )
    supervisor.maintenance = maintenance
    yield supervisor
    supervisor.stop()


def test_a_card_that_fails_in_mid_job_costs_nobody_else_anything(supervisor, checkpoint, capsys, as_root):
    friend, poison = (
        make_job(make_user(name), checkpoint, prompt=prompt, steps=4, sampler="euler")
        for name, prompt in (("alice", "a cat"), ("mallory", "a unicorn"))
    )
    said = []

    def stepped(condition):
        def step():
            supervisor.step(0.05)
            said.append(capsys.readouterr().err)
            return condition()

        try:
            wait_for(step, seconds=120, what="the supervisor")
        finally:
            print("".join(said))

    supervisor.start()
    stepped(lambda: "worker" not in supervisor.running)
    assert [(fresh(job).status, fresh(job).device_failures) for job in (poison, friend)] == [("queued", 1)] * 2
    assert {fresh(job).used_seconds for job in (poison, friend)} == {0}
    supervisor.maintenance.note_next_tries()
    page = as_root.get(reverse("admin:index")).content.decode()
    assert failing_card.ASSERTED in page
    assert "Next try" in page

    stepped(lambda: fresh(poison).is_finished and fresh(friend).is_finished)
    poison, friend = fresh(poison), fresh(friend)
    assert (poison.status, poison.error_code) == ("failed", "device_failed")
    assert (friend.status, friend.losses) == ("succeeded", 0)
    [image] = Image.objects.of_job(friend.pk)
    assert image.receipt["device"] == "cuda:0"
    text = "".join(said)
    assert "worker ended (exit code 69); starting it again in 1 s" in text
    assert "generates on cuda:0, Tesla T400, 16.0 GiB, sm_90" in text
    assert "cuda:0 failed, so this worker ends: " + failing_card.ASSERTED in text
    assert os.environ.get("CUDA_VISIBLE_DEVICES") is None
