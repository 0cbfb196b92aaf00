"""Dates and times of filters: what people may write, and the moments that they mean."""

import re
from contextlib import suppress
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_date, parse_datetime

FIRST_YEAR, LAST_YEAR = 1900, 9000
MOMENT = (
    "{name} must be a date (2026-01-31) or a time (2026-01-31T14:05:00Z) "
    f"of the years {FIRST_YEAR} to {LAST_YEAR}; got {{value}}"
)
PERIOD = f"date must be a year (2026), a month (2026-01) or a day (2026-01-31) of {FIRST_YEAR} to {LAST_YEAR}; got {{}}"
ZONE = "tz must be the name of a time zone, such as Europe/Berlin; got {}"
LONGEST_ZONE = 64
_PERIOD = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_ZONE = re.compile(r"[A-Za-z0-9+_-]+(/[A-Za-z0-9+_-]+)*", re.ASCII)

Range = tuple[datetime, datetime]  # the first moment, and the first one after


def parse_zone(name: str) -> ZoneInfo:
    """Return the time zone with this name of the IANA database.

    Raises:
        ValueError: there is none.
    """
    # The pattern keeps out what zoneinfo would take for a path.
    if len(name) <= LONGEST_ZONE and _ZONE.fullmatch(name):
        with suppress(Exception):  # several kinds of errors, by what lies in the folder of the database
            return ZoneInfo(name)
    raise ValueError(ZONE.format(f"{name:.40}"))


def parse_moment(name: str, value: str, zone: tzinfo) -> Range:
    """Return the first moment that `value` of the field `name` means, and the first one after it.

    A date is a whole day of `zone`; a time is in `zone` unless it says otherwise.

    Raises:
        ValueError: it is neither a date nor a time of the allowed years.
    """
    day, moment = None, None
    with suppress(ValueError):  # well formed, but not a date, such as the 31st of February
        day = parse_date(value.strip())
        moment = None if day else parse_datetime(value.strip())
    if day and FIRST_YEAR <= day.year <= LAST_YEAR:
        return start_of(day, zone), start_of(day + timedelta(days=1), zone)
    if moment is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(MOMENT.format(name=name, value=f"{value:.40}"))
    start = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return start, start + timedelta(microseconds=1)


def parse_period(value: str, zone: tzinfo) -> Range:
    """Return the first moment of the year, month or day `value` of `zone`, and the first one after it.

    Raises:
        ValueError: it is none of these, or of another year than the allowed ones.
    """
    found = _PERIOD.fullmatch(value.strip())
    with suppress(ValueError):  # the 31st of February
        year, month, day = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
        if FIRST_YEAR <= year <= LAST_YEAR:
            first = date(year, month or 1, day or 1)
            return start_of(first, zone), start_of(_next(first, has_month=bool(month), has_day=bool(day)), zone)
    raise ValueError(PERIOD.format(f"{value:.40}"))


def _next(first: date, *, has_month: bool, has_day: bool) -> date:
    if has_day:
        return first + timedelta(days=1)
    return next_month(first) if has_month else first.replace(year=first.year + 1)


def next_month(day: date) -> date:
    """Return the first day of the month after that of `day`."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def start_of(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of `day` in `zone`."""
    return datetime.combine(day, time.min, zone)
