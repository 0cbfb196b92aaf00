"""The reader's time zone: pages are written in it, APIs are not."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from sdsite.accounts.models import User
from sdsite.middleware.time_zone import COOKIE

AT = datetime(2026, 11, 29, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "written"),
    [("Asia/Tokyo", "30 Nov 2026, 08:30"), ("", "29 Nov 2026, 23:30"), ("../../etc/passwd", "29 Nov 2026, 23:30")],
)
def test_the_admin_has_the_readers_time(as_root, alice, zone, written):
    User.objects.filter(pk=alice.pk).update(date_joined=AT)
    as_root.cookies[COOKIE] = zone
    assert written in as_root.get(reverse("admin:accounts_user_changelist")).content.decode()


def test_apis_speak_utc(as_alice, job):
    plain = as_alice.get("/api/v1/jobs").json()
    as_alice.cookies[COOKIE] = "Asia/Tokyo"
    assert as_alice.get("/api/v1/jobs").json() == plain
