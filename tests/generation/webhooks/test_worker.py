"""The process that sends webhooks: started on demand, and started again.

The whole site is `live_site`, with a real worker.
"""

import json
import threading
import urllib.request

import pytest

from generation.models import Webhook, WebhookDelivery
from generation.webhooks import actions, catalog, worker
from generation.webhooks import delivery as sending
from sdsite.server import on_demand
from tests.generation.conftest import is_signed, log_of
from tests.support.clients.api_client import make_key
from tests.support.site import wait_for


@pytest.fixture
def sender():
    """The loop of the process that sends, on a thread."""
    loop = worker.Sender(stay=True)
    loop.thread = threading.Thread(target=loop.run)
    loop.thread.start()
    yield loop
    loop.end()
    loop.thread.join(20)


def states_of(*deliveries):
    return [str(WebhookDelivery.objects.get(pk=one.pk).state) for one in deliveries]


@pytest.mark.django_db(transaction=True)
def test_a_slow_receiver_delays_only_its_owner(receiver, hook, charlie, sender, monkeypatch):
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 1.0)
    theirs, _ = actions.create_webhook(owner=charlie, name="Quick", url=receiver.url.replace("/hook", "/quick"))
    receiver.answers = [(None, {})] * sending.MOST_PER_OWNER
    for owner in (hook, hook, hook, theirs):
        WebhookDelivery.objects.create(webhook=owner, event=catalog.TEST_EVENT)
    third, quick = WebhookDelivery.objects.order_by("created_at")[2:4]
    wait_for(lambda: states_of(third, quick) == ["delivered"] * 2, what="both deliveries")
    order = [received.message["id"] for received in receiver.received]
    assert order.index(str(quick.pk)) < order.index(str(third.pk))


@pytest.mark.django_db(transaction=True)
def test_end_lets_attempts_finish_and_starts_no_more(receiver, hook, sender, monkeypatch):
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 1.0)
    receiver.answers = [(None, {})] * sending.MOST_PER_OWNER
    for _ in range(sending.MOST_PER_OWNER + 1):
        WebhookDelivery.objects.create(webhook=hook, event=catalog.TEST_EVENT)
    wait_for(lambda: len(receiver.received) == sending.MOST_PER_OWNER, what="the first attempts")
    sender.end()
    sender.thread.join(10)
    assert not sender.thread.is_alive()
    assert [(state, attempts) for _, state, attempts, _ in log_of(hook)] == [("waiting", 1)] * 2 + [("waiting", 0)]


@pytest.mark.django_db(transaction=True)
def test_it_ends_by_itself_when_nothing_is_due_and_no_webhook_is_on(receiver, hook, monkeypatch):
    monkeypatch.setattr(worker, "IDLE_SECONDS", 0)
    monkeypatch.setattr(worker, "LOOK_SECONDS", 0.05)
    kept = WebhookDelivery.objects.create(webhook=hook, event=catalog.TEST_EVENT)
    Webhook.objects.update(enabled=False)
    worker.Sender(stay=False).run()
    assert states_of(kept) == ["failed"]


@pytest.mark.django_db(transaction=True)
def test_it_is_started_while_a_webhook_is_on(alice):
    kind = on_demand.webhooks()
    kind._start = lambda: started.append(True)  # what a start does is seen above
    started = []
    kind.start_if_due()
    assert started == []
    hook, _ = actions.create_webhook(owner=alice, name="Bot", url="https://example.org/")
    kind.start_if_due()
    actions.change_webhook(hook=hook, actor=alice, fields={"enabled": False})
    kind.start_if_due()
    assert started == [True]


@pytest.mark.django_db(transaction=True)
def test_a_program_gets_the_events_of_its_job_from_a_whole_site(live_site, alice, hook, receiver, start):
    sender = start("--watch")
    key = make_key(alice)[1]
    request = urllib.request.Request(
        f"{live_site.url}/api/v1/jobs?wait=60",
        json.dumps({"prompt": "a red heart", "steps": 2}).encode(),
        {"Authorization": f"Bearer {key}", "Accept": "image/png", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=90) as answer:
        assert answer.read(4) == b"\x89PNG"
    wait_for(lambda: len(receiver.received) >= 4, what="four deliveries")
    events = [
        received.message["event"] for received in sorted(receiver.received, key=lambda one: one.message["created_at"])
    ]
    assert events == ["job.queued", "job.started", "image.stored", "job.succeeded"]
    assert all(is_signed(received, hook.secret) for received in receiver.received)
    assert not is_signed(receiver.received[0], actions.make_secret())
    assert sender.poll() is None
