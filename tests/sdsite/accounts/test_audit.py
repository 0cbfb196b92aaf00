"""Events of the audit log."""

from sdsite.accounts.audit import record
from sdsite.accounts.models import AuditEvent


def test_an_event_has_actor_action_target_and_detail(alice):
    record(actor=alice, action="image.deleted", target=alice, count=3)
    event = AuditEvent.objects.get()
    assert (event.actor, event.action, event.target, event.detail) == (alice, "image.deleted", str(alice), {"count": 3})


def test_without_an_actor_it_is_the_site_itself(db):
    assert record(actor=None, action="job.reaped").actor is None


def test_a_long_target_is_cut(alice):
    assert record(actor=alice, action="style.created", target="心" * 500).target == "心" * 200
    AuditEvent.objects.get()


def test_events_outlive_their_actor(alice):
    event = record(actor=alice, action="image.deleted")
    alice.delete()
    event.refresh_from_db()
    assert event.actor is None
