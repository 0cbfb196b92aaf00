"""Changing: all or nothing, one entry of the audit log, a sentence for each value that cannot be."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from sdsite.accounts import site_settings
from sdsite.accounts.models import AuditEvent, SiteSettings

pytestmark = pytest.mark.django_db


def test_one_entry_has_before_and_after_of_what_changed(root):
    changed = site_settings.change(actor=root, changes={"name": " Atelier  Nord ", "trash_days": 9, "jobs_days": 0})
    assert set(changed) == {"name", "trash_days"}
    event = AuditEvent.objects.get()
    assert (event.actor, event.action) == (root, "settings.changed")
    assert event.before == {"name": "sdsite", "trash_days": 30}
    assert event.after == {"name": "Atelier Nord", "trash_days": 9}


def test_saving_the_same_again_leaves_no_entry(root):
    site_settings.change(actor=root, changes={"name": "Atelier"})
    assert site_settings.change(actor=root, changes={"name": "Atelier"}) == {}
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("name", "  ", "1 to 40 characters"),
        ("name", "x" * 41, "1 to 40 characters"),
        ("trash_days", 36_501, "0 to 36500"),
        ("uploads_days", 0, "1 to 36500"),
        ("deliveries_days", 0, "1 to 3650"),
        ("deletion_days", 366, "0 to 365"),
        ("audit_days", 89, "90 to 36500"),
        ("rule_hits_days", 29, "30 to 3650"),
        ("rule_facts_days", 366, "longer than the matches"),
        ("announcement", "x" * 501, "at most 500"),
        ("severity", "loud", "info, warning or critical"),
        ("announced_until", timezone.now() - timedelta(days=1), "has passed"),
    ],
)
def test_a_value_that_cannot_be_changes_nothing(root, name, value, words):
    with pytest.raises(ValidationError) as refused:
        site_settings.change(actor=root, changes={"jobs_days": 90, name: value})
    assert words in " ".join(refused.value.message_dict[name])
    assert site_settings.current().jobs_days == 0
    assert not AuditEvent.objects.exists()


def test_what_the_environment_fixes_is_named(root, settings):
    settings.ENV = {**settings.ENV, "SDSITE_UPLOADS_DAYS": 5}
    with pytest.raises(ValidationError) as refused:
        site_settings.change(actor=root, changes={"uploads_days": 6})
    assert "SDSITE_UPLOADS_DAYS" in " ".join(refused.value.message_dict["uploads_days"])
    assert site_settings.change(actor=root, changes={"uploads_days": 5}) == {}


def test_another_announcement_has_another_id_and_an_empty_one_is_none(root):
    ids = []
    for text in ("One.", "Two."):
        site_settings.change(actor=root, changes={"announcement": text})
        ids.append(site_settings.current().announcement.id)
    site_settings.change(actor=root, changes={"severity": "critical"})
    assert len({*ids, site_settings.current().announcement.id}) == 2
    site_settings.change(actor=root, changes={"announcement": ""})
    assert site_settings.current().announcement is None


def test_what_else_is_changed_is_in_the_same_entry_or_nothing_is(root):
    site_settings.change(actor=root, changes={"name": "Atelier"}, also=lambda: {"signup_mode": ("closed", "open")})
    assert AuditEvent.objects.get().after == {"name": "Atelier", "signup_mode": "open"}

    def fail():
        raise ValidationError({"signup_mode": "No."})

    with pytest.raises(ValidationError):
        site_settings.change(actor=root, changes={"name": "Other"}, also=fail)
    assert SiteSettings.objects.get().name == "Atelier"
