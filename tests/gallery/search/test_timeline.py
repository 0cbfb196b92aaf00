"""Images of each day and month in a time zone, against counting them one by one."""

from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from gallery.models import Image
from gallery.search.timeline import count_periods
from tests.support.library import make_library

pytestmark = pytest.mark.django_db

# whole hours with and without a change of clocks, half hours, three quarters, and the ends of the world
ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago"]


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("period", ["day", "month"])
@pytest.mark.parametrize("is_in_index", [True, False])
def test_each_day_and_month_has_the_images_of_its_zone(alice, charlie, name, period, is_in_index):
    zone = ZoneInfo(name)
    rows = [row for row in make_library(alice, 80, hours=120) if row.trashed_at is None]
    make_library(charlie, 5, seed=1)
    naive = Counter(row.created_at.astimezone(zone).date() for row in rows)
    if period == "month":
        naive = Counter(day.replace(day=1) for day in naive.elements())
    kept = Image.objects.owned_by(alice).kept()
    assert count_periods(kept, zone, period, is_in_index=is_in_index) == sorted(naive.items(), reverse=True)


@pytest.mark.parametrize("is_in_index", [True, False])
def test_old_and_far_days_are_counted_too(alice, is_in_index):
    rows = make_library(alice, 2, trashed=0)
    Image.objects.filter(pk=rows[0].pk).update(created_at=datetime(1970, 1, 1, tzinfo=UTC))
    Image.objects.filter(pk=rows[1].pk).update(created_at=datetime(2199, 12, 31, 23, 59, 59, tzinfo=UTC))
    found = count_periods(Image.objects.owned_by(alice), ZoneInfo("America/New_York"), "day", is_in_index=is_in_index)
    assert found == [(date(2199, 12, 31), 1), (date(1969, 12, 31), 1)]


@pytest.mark.parametrize("is_in_index", [True, False])
def test_nobody_without_images_has_a_day(alice, is_in_index):
    assert count_periods(Image.objects.owned_by(alice), UTC, "day", is_in_index=is_in_index) == []
