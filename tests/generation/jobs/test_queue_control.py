"""Nothing starts while the queue is paused."""

from generation.jobs.queue_control import set_state
from generation.queue import eta
from sdsite.accounts.models import AuditEvent
from tests.support.queue_turns import queue_job, take


def test_nothing_starts_while_the_queue_is_paused(alice, bob, checkpoint):
    job = queue_job(alice, checkpoint)
    running = queue_job(alice, checkpoint)
    assert take() == job
    set_state(actor=bob, paused=True, message="  Cleaning the fans.  ")
    assert take() is None
    assert eta.places()[running.pk].eta_seconds is None
    set_state(actor=bob, paused=True)
    set_state(actor=bob, paused=False)
    assert take() == running
    events = AuditEvent.objects.filter(action="queue.changed").order_by("pk")
    assert [event.after for event in events] == [
        {"paused": True, "message": "Cleaning the fans."},
        {"paused": False},
    ]


def test_opening_ends_maintenance_and_closing_does_not(root, valkey):
    set_state(actor=root, maintenance=True)
    row = set_state(actor=root, closed=True)
    assert (row.maintenance, row.closed) == (True, True)
    row = set_state(actor=root, closed=False)
    assert (row.maintenance, row.closed) == (False, False)
