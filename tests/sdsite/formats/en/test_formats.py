"""Dates in English pages."""

from datetime import UTC, datetime

from django.utils import formats, translation


def test_a_time_in_words():
    with translation.override("en"):
        assert (
            formats.date_format(datetime(2026, 11, 9, 15, 5, tzinfo=UTC), "DATETIME_FORMAT").lower()
            == "9 nov 2026, 15:05"
        )
