"""How many images each day or month has, in the reader's time zone."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Count
from django.db.models.expressions import RawSQL
from django.db.models.functions import Substr, TruncDate

from gallery.models.image import ImageQuerySet
from gallery.search.filters import ImageFilter, filter_images, filter_newest, with_columns
from gallery.search.moments import next_month, start_of
from gallery.search.plan import Rows, since_newest
from gallery.search.tokenizer import ParsedQuery
from gallery.search.words import needed_rows, needed_words
from sdsite.accounts.credentials import Credentials

Period = Literal["day", "month"]
MOST_IMAGES = 200_000  # newest images of a person that are counted unless an index counts them
MOST_IN_MEMORY = 400_000  # rows of words whose images are compared in memory
MOST_ASKED = 10_000  # images that are looked up one by one: all that have a rare word, otherwise the newest
MINUTE = 16  # characters of a moment as SQLite stores it, to the minute: "2026-01-31 14:45"
Minutes = npt.NDArray[np.bytes_]
Ids = npt.NDArray[np.uint64]  # two numbers of 64 bits each


@dataclass(frozen=True)
class Counted:
    """(First day, images) of each day or month that has any, the newest first; `is_whole`: of all that match."""

    periods: list[tuple[date, int]]
    is_whole: bool = True

    @property
    def images(self) -> int:
        """Number of images in all periods."""
        return sum(number for _, number in self.periods)


def count_periods(
    images: ImageQuerySet, zone: tzinfo, period: Period, *, is_in_index: bool = False
) -> list[tuple[date, int]]:
    """Return (first day, images) of each day or month of `zone` that has any of `images`, the newest first.

    SQLite knows no time zones, and Django's functions for them call Python for each row: it returns all moments as one
    text, which is cut into days here. `is_in_index` says that an index has all of `images` by their time; then it
    counts from the beginning of each day to its end, in a tenth of the time.
    """
    if connections[images.db].vendor == "sqlite":
        return (_from_ranges if is_in_index else _from_moments)(images, zone, period)
    local = TruncDate("created_at", tzinfo=zone)
    days = images.order_by().annotate(day=local).values_list("day").annotate(number=Count("pk")).order_by("-day")
    counted: Counter[date] = Counter()
    for day, number in days:
        counted[_first_day(day, period)] += number
    return list(counted.items())


def count_matching(
    images: ImageQuerySet,
    wanted: ImageFilter,
    owner: Any,
    period: Period,
    reader: Credentials,
    *,
    since: datetime | None = None,
) -> Counted:
    """Return what `count_periods` does, of those of `images` that match, as `filter_images` takes them.

    Not more than the newest MOST_IMAGES of one person are looked at, MOST_ASKED of frequent words if texts are
    compared; of several people (`owner` None) of frequent words those from `since` on.
    """
    zone = wanted.zone
    if wanted.compares or (owner is not None and wanted.is_in_index):
        matching = filter_images(images, wanted, owner, reader=reader)
        return Counted(count_periods(matching, zone, period, is_in_index=not wanted.compares))
    if owner is not None:
        if (counted := _count_in_memory(images, wanted, owner, period)) is not None:
            return counted
        if not _compares_texts(wanted) and (connections[images.db].vendor != "sqlite" or not _rows_of(wanted, owner)):
            since = since_newest(images, MOST_IMAGES, wanted.before)
            newest = images if since is None else images.filter(created_at__gte=since)
            return Counted(count_periods(filter_images(newest, wanted, owner), zone, period), is_whole=since is None)
    matching, is_whole = filter_newest(images, wanted, owner, MOST_ASKED, reader=reader, since=since)
    return Counted(count_periods(matching, zone, period), is_whole)


def _compares_texts(wanted: ImageFilter) -> bool:
    return bool(wanted.query.phrases or wanted.query.excluded_phrases)


def _count_in_memory(images: ImageQuerySet, wanted: ImageFilter, owner: Any, period: Period) -> Counted | None:
    """Count a search of frequent words on SQLite; None if another way is better or the only one."""
    if connections[images.db].vendor != "sqlite" or _compares_texts(wanted):
        return None
    rows = _rows_of(wanted, owner)
    numbers = [one.of_owners().values("pk")[:MOST_IN_MEMORY].count() for one, _ in rows]
    is_rare = any(number < MOST_ASKED for number, (_, is_wanted) in zip(numbers, rows, strict=True) if is_wanted)
    if not rows or is_rare or sum(numbers) >= MOST_IN_MEMORY:
        return None
    return _from_sets(with_columns(images, wanted, owner), rows, wanted.zone, period)


def _rows_of(wanted: ImageFilter, owner: Any) -> list[tuple[Rows, bool]]:
    """Return the rows of which a matching image has one each (True) or none (False)."""
    excluded = needed_words(ParsedQuery(wanted.query.excluded), {"owner": owner})
    return [*((one, True) for one in needed_rows(wanted, wanted.query, owner)), *((one, False) for one in excluded)]


def _from_sets(images: ImageQuerySet, rows: list[tuple[Rows, bool]], zone: tzinfo, period: Period) -> Counted:
    """Count by comparing the ids of rows with those of images, each read from an index alone, as one text.

    SQLite would look up each image of a frequent word in its table, at six times the cost.
    """
    newest = images.order_by("-created_at", "-pk").values_list("pk", Substr("created_at", 1, MINUTE))[:MOST_IMAGES]
    ids, moments = _texts(images.db, newest, 2)
    found, minutes = _numbers(ids), _minutes(moments)
    is_whole = len(found) < MOST_IMAGES
    for one, is_wanted in rows:
        [named] = _texts(images.db, one.of_owners().values_list("image"), 1)
        matches = _among(found, _numbers(named)) == is_wanted
        found, minutes = found[matches], minutes[matches]
    return Counted(_from_minutes(minutes, zone, period), is_whole)


def _texts(database: str, rows: Any, columns: int) -> list[str]:
    """Return each column of `rows` as one text of all its values: in Python, each value would cost more to receive."""
    names = [f"column{number}" for number in range(columns)]
    try:
        query, parameters = rows.query.sql_with_params()
    except EmptyResultSet:  # a condition that nothing can meet, such as being one of no images
        return [""] * columns
    texts = ", ".join(f"group_concat({name}, '')" for name in names)
    with connections[database].cursor() as cursor:
        # Only the text of Django's own query is put into this one.
        cursor.execute(f"WITH found({', '.join(names)}) AS ({query}) SELECT {texts} FROM found", parameters)  # noqa: S608
        return [text or "" for text in cursor.fetchone()]


def _numbers(ids: str) -> Ids:
    return np.frombuffer(bytes.fromhex(ids), ">u8").reshape(-1, 2).astype(np.uint64)


def _minutes(moments: str) -> Minutes:
    return np.frombuffer(moments.encode(), f"S{MINUTE}")


def _among(ids: Ids, named: Ids) -> npt.NDArray[np.bool_]:
    """Return which of `ids` are among `named`: found by the first half, 60 random bits, and compared in both."""
    if not len(named):
        return np.zeros(len(ids), bool)
    named = named[np.argsort(named[:, 0], kind="stable")]
    places = np.searchsorted(named[:, 0], ids[:, 0])
    same: npt.NDArray[np.bool_] = (named[np.minimum(places, len(named) - 1)] == ids).all(axis=1)
    return same


def _from_moments(images: ImageQuerySet, zone: tzinfo, period: Period) -> list[tuple[date, int]]:
    [moments] = _texts(images.db, images.order_by().values_list(Substr("created_at", 1, MINUTE)), 1)
    return _from_minutes(_minutes(moments), zone, period)


def _from_minutes(minutes: Minutes, zone: tzinfo, period: Period) -> list[tuple[date, int]]:
    minutes = np.sort(minutes, kind="stable")
    counted, end = [], len(minutes)
    while end:
        moment = datetime.fromisoformat(minutes[end - 1].decode()).replace(tzinfo=UTC)
        day = _first_day(moment.astimezone(zone).date(), period)
        first = start_of(day, zone).astimezone(UTC).isoformat(" ", "minutes")[:MINUTE]
        start = int(np.searchsorted(minutes[:end], first.encode()))
        counted.append((day, end - start))
        end = start
    return counted


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


def _first_day(day: date, period: Period) -> date:
    return day.replace(day=1) if period == "month" else day
