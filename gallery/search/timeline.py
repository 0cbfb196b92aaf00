"""How many images each day or month has, in the reader's time zone."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Literal

from django.db import connections
from django.db.models import CharField, Count, Func, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, TruncDate

from gallery.models.image import ImageQuerySet
from gallery.search.filters import ImageFilter, filter_images, needed_rows, with_columns
from gallery.search.moments import next_month, start_of
from gallery.search.plan import Rows
from gallery.search.tokenizer import ParsedQuery
from gallery.search.words import needed_words
from sdsite.accounts.credentials import Credentials

Period = Literal["day", "month"]
MOST_IN_MEMORY = 500_000  # rows of words whose images are compared in memory, some 100 bytes each


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


def count_matching(
    images: ImageQuerySet, wanted: ImageFilter, owner: Any, period: Period, reader: Credentials
) -> list[tuple[date, int]]:
    """Return what `count_periods` does, of those of `images` that match, as `filter_images` takes them."""
    zone = wanted.zone
    if connections[images.db].vendor == "sqlite" and owner is not None and not wanted.is_in_index:
        rows = _rows_of(wanted, owner)
        if rows and sum(one.of_owners().values("pk")[:MOST_IN_MEMORY].count() for one, _ in rows) < MOST_IN_MEMORY:
            return _from_sets(with_columns(images, wanted, owner), rows, zone, period)
    matching = filter_images(images, wanted, owner, reader=reader)
    return count_periods(matching, zone, period, is_in_index=wanted.is_in_index)


def _rows_of(wanted: ImageFilter, owner: Any) -> list[tuple[Rows, bool]]:
    """Return the rows of which a matching image has one each (True) or none (False); none if other things count too."""
    query = wanted.query
    if wanted.compares or query.phrases or query.excluded_phrases:
        return []
    excluded = needed_words(ParsedQuery(query.excluded), {"owner": owner})
    return [*((one, True) for one in needed_rows(wanted, query, owner)), *((one, False) for one in excluded)]


def _from_sets(
    images: ImageQuerySet, rows: list[tuple[Rows, bool]], zone: tzinfo, period: Period
) -> list[tuple[date, int]]:
    """Count by comparing the ids of rows with those of images, each read from an index alone, in order.

    SQLite would look up each image of a frequent word in its table, at four times the cost.
    """
    with connections[images.db].cursor() as cursor:
        sets = [(_ids(cursor, one), is_wanted) for one, is_wanted in rows]
        named = set.intersection(*found) if (found := [ids for ids, is_wanted in sets if is_wanted]) else None
        without = set().union(*(ids for ids, is_wanted in sets if not is_wanted))
        # As text: the connection would make an object of each moment.
        moments = images.order_by("-created_at", "-pk").annotate(moment=Cast("created_at", TextField()))
        cursor.execute(*moments.values_list("pk", "moment").query.sql_with_params())
        counted: Counter[date] = Counter()
        start, day = "", date.max
        for pk, moment in cursor:
            if (named is None or pk in named) and pk not in without:
                if not start or moment < start:
                    local = datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(zone)
                    day = _first_day(local.date(), period)
                    start = start_of(day, zone).astimezone(UTC).isoformat(" ", "minutes")[:16]
                counted[day] += 1
    return list(counted.items())


def _ids(cursor: Any, one: Rows) -> set[str]:
    """Return the ids of the images that have such a row, as SQLite stores them."""
    cursor.execute(*one.of_owners().values_list("image").query.sql_with_params())
    return {pk for (pk,) in cursor}


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
