"""Dates, times and zones of filters."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from gallery.search.moments import parse_moment, parse_period, parse_zone

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("value", "start", "end"),
    [
        ("2026", "2025-12-31T23:00Z", "2026-12-31T23:00Z"),
        ("2026-12", "2026-11-30T23:00Z", "2026-12-31T23:00Z"),
        ("2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),  # 23 hours long
    ],
)
def test_a_period_is_that_of_the_zone(value, start, end):
    assert parse_period(value, BERLIN) == (datetime.fromisoformat(start), datetime.fromisoformat(end))


@pytest.mark.parametrize("value", ["26", "2026-13", "2026-02-30", "1899", "9001", "2026-1", "2026-01-", "x", "٢٠٢٦"])
def test_other_periods_are_refused(value):
    with pytest.raises(ValueError, match="date must be a year"):
        parse_period(value, UTC)


def test_a_date_and_a_time_without_a_zone_are_those_of_the_reader():
    assert parse_moment("since", "2026-06-01", BERLIN)[0] == datetime.fromisoformat("2026-05-31T22:00Z")
    assert parse_moment("since", "2026-06-01T10:00", BERLIN)[0] == datetime.fromisoformat("2026-06-01T08:00Z")
    assert parse_moment("since", "2026-06-01T10:00Z", BERLIN)[0] == datetime.fromisoformat("2026-06-01T10:00Z")


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../UTC", "/etc/passwd", "Europe/", "Europe", "x" * 500, "a\x00b"]
)
def test_a_zone_that_there_is_not_is_refused(name):
    with pytest.raises(ValueError, match="tz must be the name"):
        parse_zone(name)


def test_zones_have_their_names():
    assert [parse_zone(name).key for name in ("UTC", "Etc/GMT+5", "America/Argentina/Salta")] == [
        "UTC",
        "Etc/GMT+5",
        "America/Argentina/Salta",
    ]
