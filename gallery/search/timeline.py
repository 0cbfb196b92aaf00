"""How many images each day or month has, in the reader's time zone."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal

from django.db import connections
from django.db.models import CharField, Count, Func
from django.db.models.expressions import RawSQL
from django.db.models.functions import TruncDate

from gallery.models.image import ImageQuerySet
from gallery.search.moments import next_month, start_of

Period = Literal["day", "month"]


class _Quarter(Func):
    """The quarter of an hour of a moment in UTC as SQLite stores it, as text: "2026-01-31 14:45".

    All offsets of time zones since 1972 are multiples of it.
    """

    template = "substr(%(expressions)s, 1, 14) || substr('00153045', substr(%(expressions)s, 15, 2) / 15 * 2 + 1, 2)"
    output_field = CharField()


def count_periods(
    images: ImageQuerySet, zone: tzinfo, period: Period, *, is_in_index: bool = False
) -> list[tuple[date, int]]:
    """Return (first day, images) of each day or month of `zone` that has any of `images`, the newest first.

    SQLite knows no time zones, and Django's functions for them call Python for each row: it groups by quarters of
    hours, which are put together here. `is_in_index` says that an index has all of `images` by their time; then it
    counts from the beginning of each day to its end, in a tenth of the time.
    """
    if connections[images.db].vendor == "sqlite":
        return (_from_ranges if is_in_index else _from_quarters)(images, zone, period)
    local = TruncDate("created_at", tzinfo=zone)
    days = images.order_by().annotate(day=local).values_list("day").annotate(number=Count("pk")).order_by("-day")
    counted: Counter[date] = Counter()
    for day, number in days:
        counted[_first_day(day, period)] += number
    return list(counted.items())


def _from_ranges(images: ImageQuerySet, zone: tzinfo, period: Period) -> list[tuple[date, int]]:
    moments = images.values_list("created_at", flat=True)
    ends = [moments.order_by(order).first() for order in ("created_at", "-created_at")]  # each a step in the index
    days = [moment.astimezone(zone).date() for moment in ends if moment is not None]
    if not days:
        return []
    day, last, bounds, starts = _first_day(days[0], period), days[1], [], []
    while day <= last:
        following = next_month(day) if period == "month" else day + timedelta(days=1)
        starts.append(day)
        bounds.append([str(start_of(edge, zone).astimezone(UTC).replace(tzinfo=None)) for edge in (day, following)])
        day = following
    within = images.order_by().filter(
        created_at__gte=RawSQL("json_extract(bounds.value, '$[0]')", []),
        created_at__lt=RawSQL("json_extract(bounds.value, '$[1]')", []),
    )
    counted, parameters = within.values("owner").annotate(number=Count("pk")).values("number").query.sql_with_params()
    with connections[images.db].cursor() as cursor:
        # Only the text of Django's own query is put into this one.
        query = f"SELECT ({counted}) FROM json_each(%s) AS bounds"  # noqa: S608
        cursor.execute(query, [*parameters, json.dumps(bounds)])
        numbers = [number for (number,) in cursor.fetchall()]
    return [(start, number) for start, number in zip(reversed(starts), reversed(numbers), strict=True) if number]


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
