"""Filters, search and export of the audit log."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from sdsite.accounts.audit import reading, record
from sdsite.accounts.audit.origin import Origin, coming_from
from sdsite.accounts.models import AuditEvent
from tests.support.clients.api_client import make_key


@pytest.fixture
def events(alice, charlie):
    """Three events: two of Alice's, one over a key, and one of Charlie's."""
    key, _ = make_key(alice)
    AuditEvent.objects.filter(action="api_key.created")  # stays, as an event of its own
    with coming_from(Origin("api", "192.0.2.7", key)):
        first = record(actor=alice, action="style.created", target="ink")
    return [
        first,
        record(actor=alice, action="style.deleted", target="ink wash"),
        record(actor=charlie, action="style.created", target="pen"),
    ]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"actor": "alice", "action": "style.created"}, [0]),
        ({"action": "style.created"}, [0, 2]),
        ({"target": "ink wash"}, [1]),
        ({"address": "192.0.2.7"}, [0]),
        ({"target": "in"}, []),
    ],
)
def test_filters_are_exact_and_all_hold(events, wanted, found):
    assert set(reading.filter_events(**wanted)) == {events[number] for number in found}


def test_keys_and_times_are_filters_too(events):
    assert list(reading.filter_events(key=events[0].key_lookup)) == [events[0]]
    moment = timezone.now() + timedelta(minutes=1)
    assert set(reading.filter_events(until=moment)) >= set(events)
    assert list(reading.filter_events(since=moment)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [("ink", [0, 1]), ("ink w", [1]), ("style.", [0, 1, 2]), ("192.0.2.", [0]), ("charl", [2]), ("x", [])],
)
def test_the_search_finds_whole_values_and_beginnings(events, text, found):
    rows, has_more = reading.search_events(AuditEvent.objects.all(), text)
    assert set(rows) == {events[number] for number in found}
    assert not has_more


def test_a_search_that_finds_too_much_says_so(events, monkeypatch):
    monkeypatch.setattr(reading, "MOST_FOUND", 1)
    rows, has_more = reading.search_events(AuditEvent.objects.all(), "style.")
    assert has_more
    assert len(rows) <= 2


@pytest.mark.parametrize("column", reading.SEARCHED)
def test_each_part_of_the_search_reads_an_index(events, column):
    if connection.vendor != "sqlite":
        pytest.skip("the plan of a table with three rows says nothing on PostgreSQL")
    rows = AuditEvent.objects.values_list("pk", flat=True)
    plans = [
        rows.filter(**{column: "ink"}).order_by("-at", "-pk")[:5].explain(),
        rows.filter(reading._begins(column, "ink")).order_by(column)[:5].explain(),
    ]
    assert [("USING" in plan and "INDEX audit_by_" in plan, "TEMP B-TREE" in plan) for plan in plans] == [
        (True, False)
    ] * 2


def test_lines_are_json_with_everything_but_secrets(events):
    [line] = reading.json_lines(reading.filter_events(address="192.0.2.7"))
    event = json.loads(line)
    assert line.endswith("}\n")
    assert (event["actor"], event["action"], event["target"], event["door"]) == ("alice", "style.created", "ink", "api")
    assert event["key"] == {"name": "tests", "lookup": events[0].key_lookup}
    assert (event["before"], event["after"], event["detail"]) == (None, None, {})
