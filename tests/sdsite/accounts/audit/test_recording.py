"""Events of the audit log."""

import pytest
from django.db import transaction

from sdsite.accounts import audit
from sdsite.accounts.audit import record
from sdsite.accounts.audit.origin import Origin, coming_from
from sdsite.accounts.models import AuditEvent
from tests.support.clients.api_client import make_key


def test_an_event_has_actor_action_target_and_detail(alice):
    record(actor=alice, action="image.deleted", target=alice, count=3)
    event = AuditEvent.objects.get()
    assert (event.actor, event.action, event.target, event.detail) == (alice, "image.deleted", str(alice), {"count": 3})


def test_without_an_actor_it_is_the_site_itself(db):
    event = record(actor=None, action="job.reaped")
    assert (event.actor, event.actor_name, event.address, event.key_lookup) == (None, None, None, None)


def test_a_long_target_is_cut(alice):
    assert record(actor=alice, action="style.created", target="心" * 500).target == "心" * 200
    AuditEvent.objects.get()


def test_events_outlive_their_actor_with_the_name(alice):
    event = record(actor=alice, action="image.deleted")
    alice.delete()
    event.refresh_from_db()
    assert (event.actor, event.actor_name) == (None, "alice")


def test_values_before_and_after_have_columns_of_their_own(alice):
    record(actor=alice, action="signup.changed", before={"mode": "open"}, after={"mode": "closed"}, by="hand")
    event = AuditEvent.objects.get()
    assert (event.before, event.after, event.detail) == ({"mode": "open"}, {"mode": "closed"}, {"by": "hand"})


def test_address_door_and_key_come_from_the_origin_and_the_secret_stays_out(alice):
    key, whole = make_key(alice)
    with coming_from(Origin("api", "192.0.2.7", key)):
        event = record(actor=alice, action="image.deleted")
    assert (event.door, event.address, event.key_lookup, event.key_name) == ("api", "192.0.2.7", key.lookup, "tests")
    assert whole.rpartition("_")[2] not in str(AuditEvent.objects.values())


def test_an_entry_outside_of_a_transaction_fails_any_test(alice):
    code = {"__name__": "sdsite.accounts.deeds", "audit": audit}
    exec("def deed(user): audit.record(actor=user, action='key.lost')", code)
    with pytest.raises(AssertionError, match=r"sdsite\.accounts\.deeds writes key\.lost outside"):
        code["deed"](alice)
    with transaction.atomic():
        code["deed"](alice)
    assert AuditEvent.objects.filter(action="key.lost").count() == 1
