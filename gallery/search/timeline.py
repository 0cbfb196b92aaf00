"""How many images each day or month has, in the reader's time zone."""

from collections import Counter
from datetime import UTC, date, datetime, tzinfo
from typing import Literal

from django.db import connections
from django.db.models import CharField, Count, Func
from django.db.models.functions import TruncDate

from gallery.models.image import ImageQuerySet
from gallery.search.moments import start_of

Period = Literal["day", "month"]


class _Quarter(Func):
    """The quarter of an hour of a moment in UTC as SQLite stores it, as text: "2026-01-31 14:45".

    All offsets of time zones since 1972 are multiples of it.
    """

    template = "substr(%(expressions)s, 1, 14) || substr('00153045', substr(%(expressions)s, 15, 2) / 15 * 2 + 1, 2)"
    output_field = CharField()


def count_periods(images: ImageQuerySet, zone: tzinfo, period: Period) -> list[tuple[date, int]]:
    """Return (first day, images) of each day or month of `zone` that has any of `images`, the newest first.

    SQLite knows no time zones, and Django's functions for them call Python for each row: it groups by quarters of
    hours, which are put together here.
    """
    if connections[images.db].vendor == "sqlite":
        return _from_quarters(images, zone, period)
    local = TruncDate("created_at", tzinfo=zone)
    days = images.order_by().annotate(day=local).values_list("day").annotate(number=Count("pk")).order_by("-day")
    counted: Counter[date] = Counter()
    for day, number in days:
        counted[_first_day(day, period)] += number
    return list(counted.items())


def _from_quarters(images: ImageQuerySet, zone: tzinfo, period: Period) -> list[tuple[date, int]]:
    quarters = images.order_by().annotate(quarter=_Quarter("created_at")).values_list("quarter")
    counted: Counter[date] = Counter()
    start, day = "", date.max
    for quarter, number in quarters.annotate(number=Count("pk")).order_by("-quarter"):
        if not start or quarter < start:
            moment = datetime.fromisoformat(quarter).replace(tzinfo=UTC)
            day = _first_day(moment.astimezone(zone).date(), period)
            start = start_of(day, zone).astimezone(UTC).isoformat(" ", "minutes")
        counted[day] += number
    return list(counted.items())


def _first_day(day: date, period: Period) -> date:
    return day.replace(day=1) if period == "month" else day
