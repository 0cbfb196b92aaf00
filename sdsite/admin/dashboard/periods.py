"""Periods of the dashboard's charts: the last 24 hours, 7 days or 30 days, in equal spans."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Func, IntegerField
from django.utils import timezone
from django.utils.formats import date_format

PARAMETER = "period"


@dataclass(frozen=True)
class Period:
    """A period as it is chosen: its name in the address, the number of spans, the hours of one, the format of labels.

    The last span is the current one, so the period begins a little less than its length ago.
    """

    name: str
    spans: int
    hours: int
    labels: str

    @property
    def days(self) -> int:
        """Length in days."""
        return self.spans * self.hours // 24

    def start(self, now: datetime) -> datetime:
        """Return the beginning of the first span; spans begin at whole multiples of their hours of a local day."""
        local = timezone.localtime(now)
        hour = local.hour - local.hour % self.hours
        current = local.replace(hour=hour, minute=0, second=0, microsecond=0)
        return current - timedelta(hours=self.hours) * (self.spans - 1)

    def edges(self, now: datetime) -> list[datetime]:
        """Return the beginning of each span, and the end of the last one."""
        start = self.start(now)
        return [start + timedelta(hours=self.hours) * number for number in range(self.spans + 1)]

    def titles(self, now: datetime) -> list[str]:
        """Return a label for each span: its beginning, in the site's time zone."""
        return [date_format(timezone.localtime(edge), self.labels) for edge in self.edges(now)[:-1]]


PERIODS = {
    period.name: period
    for period in (Period("24h", 24, 1, "H:i"), Period("7d", 28, 6, "D H:i"), Period("30d", 30, 24, "j M"))
}
DEFAULT = "24h"


def choose(values: Any) -> Period:
    """Return the period that the query string `values` names; the default for any other."""
    return PERIODS.get(values.get(PARAMETER, ""), PERIODS[DEFAULT])


class Span(Func):
    """Number of the span in which a moment lies, 0 for the first; as an expression of whole seconds, which is cheap.

    Django's own truncation to hours is a function of Python in SQLite: three times as slow over 100,000 rows.
    """

    output_field = IntegerField()

    def __init__(self, moment: str, period: Period, now: datetime) -> None:
        """Divide the seconds since the beginning of `period` by those of a span."""
        start, width = int(period.start(now).timestamp()), period.hours * 3600
        super().__init__(F(moment), start=start, width=width)

    def as_sqlite(self, compiler: Any, connection: Any, **options: Any) -> Any:
        """Return it for SQLite, whose integers divide without a remainder."""
        template = "((CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) - %(start)d) / %(width)d)"
        return self.as_sql(compiler, connection, template=template, **options)

    def as_postgresql(self, compiler: Any, connection: Any, **options: Any) -> Any:
        """Return it for PostgreSQL."""
        template = "FLOOR((EXTRACT(EPOCH FROM %(expressions)s) - %(start)d) / %(width)d)::integer"
        return self.as_sql(compiler, connection, template=template, **options)
