"""Images of each day and month in a time zone, against counting them one by one."""

from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery.models import Image
from gallery.search import timeline
from gallery.search.filters import ImageFilter, filter_images
from gallery.search.timeline import count_matching, count_periods
from sdsite.accounts.credentials import Credentials
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


SEARCHES = [
    {"q": "fox"},
    {"q": 'red "sea"'},
    {"q": "red -fox -ship "},
    {"q": "-fox"},
    {"q": '"old ship"'},
    {"q": "zebra"},
    {"q": "se", "lora": "ink", "aspect": "square"},
    {"task": "inpaint", "sampler": "ddim"},
    {"q": "fox", "visibility": "public"},
]


@pytest.mark.parametrize("said", SEARCHES)
@pytest.mark.parametrize("most", [0, 10**6])
def test_days_of_a_search_are_those_of_its_images(alice, charlie, said, most, monkeypatch):
    monkeypatch.setattr(timeline, "MOST_IN_MEMORY", most)
    for owner, seed in ((alice, 0), (charlie, 1)):
        make_library(owner, 60, seed=seed, hours=60)
    own, wanted = Image.objects.owned_by(alice).kept(), ImageFilter(**said, tz="Asia/Kolkata")
    moments = filter_images(own, wanted, alice).values_list("created_at", flat=True)
    naive = Counter(moment.astimezone(wanted.zone).date() for moment in moments)
    found = count_matching(own, wanted, alice, "day", Credentials(alice))
    assert found.is_whole
    assert found.periods == sorted(naive.items(), reverse=True)


def test_days_of_words_are_counted_from_indexes_alone(alice):
    make_library(alice, 30)
    own = Image.objects.owned_by(alice).kept()
    with CaptureQueriesContext(connection) as captured:
        assert count_matching(own, ImageFilter(q='"fox" -ship'), alice, "day", Credentials(alice))
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for one in captured.captured_queries:
                cursor.execute(f"EXPLAIN QUERY PLAN {one['sql']}")
                steps = [row[-1] for row in cursor.fetchall()]
                assert not [step for step in steps if step.startswith("SEARCH gallery") and "COVERING" not in step]
