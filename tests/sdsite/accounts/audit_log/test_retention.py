"""Old entries of the audit log are deleted, young ones never."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from sdsite.accounts import site_settings
from sdsite.accounts.audit_log import retention
from sdsite.accounts.models import AuditEvent


def make_event(days):
    return AuditEvent.objects.create(action="old", target=str(days), at=timezone.now() - timedelta(days=days))


def left():
    return sorted(int(target) for target in AuditEvent.objects.values_list("target", flat=True))


@pytest.fixture
def days(settings):
    def choose(number):
        settings.ENV = {**settings.ENV, "SDSITE_AUDIT_DAYS": number}

    return choose


def test_entries_stay_as_long_as_the_setting_says(db, days):
    for age in (0, 100, 729, 731, 900):
        make_event(age)
    assert retention.remove_old() == 2
    assert left() == [0, 100, 729]
    days(99)
    assert retention.remove_old() == 2
    assert left() == [0]


def test_administrators_choose_where_the_environment_says_nothing(root, days):
    make_event(200)
    site_settings.change(actor=root, changes={"audit_days": 100})
    assert retention.remove_old() == 1
    days(300)
    with pytest.raises(ValidationError, match="SDSITE_AUDIT_DAYS fixes this"):
        site_settings.change(actor=root, changes={"audit_days": 200})
    assert retention.keep_days() == 300


def test_a_round_deletes_the_oldest_few(db, monkeypatch):
    monkeypatch.setattr(retention, "DELETED_TOGETHER", 2)
    for age in (800, 801, 802):
        make_event(age)
    assert retention.remove_old() == 2
    assert left() == [800]


def test_less_than_ninety_days_do_not_hold(db, days):
    days(1)
    make_event(89)
    assert retention.keep_days() == AuditEvent.KEEP_DAYS_AT_LEAST
    assert retention.remove_old() == 0
