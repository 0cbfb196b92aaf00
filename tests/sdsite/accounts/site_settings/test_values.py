"""What holds now: the row, the environment over it, and one query a request."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sdsite.accounts import site_settings
from sdsite.accounts.models import SiteSettings
from sdsite.accounts.site_settings import values
from sdsite.env import DEFAULTS

pytestmark = pytest.mark.django_db


def test_without_a_row_the_defaults_of_the_environment_hold(settings):
    settings.ENV_GIVEN = frozenset()
    settings.ENV = {**settings.ENV, "SDSITE_DIALECTS": DEFAULTS["SDSITE_DIALECTS"]}
    found = site_settings.current()
    for name, variable in values.FIXED_BY.items():
        chosen = getattr(found, name)
        assert (list(chosen) if isinstance(chosen, tuple) else chosen) == DEFAULTS[variable]
        assert site_settings.fixed_by(name) == ""
    assert (found.name, found.announcement) == ("sdsite", None)


@pytest.mark.parametrize("how", ["another value", "the default by name"])
def test_the_environment_wins_over_the_row(settings, how):
    SiteSettings.objects.create(pk=1, trash_days=3, name="Atelier")
    if how == "another value":
        settings.ENV = {**settings.ENV, "SDSITE_TRASH_DAYS": 9}
    else:
        settings.ENV_GIVEN = settings.ENV_GIVEN | {"SDSITE_TRASH_DAYS"}
    assert site_settings.current().trash_days == settings.ENV["SDSITE_TRASH_DAYS"]
    assert (site_settings.fixed_by("trash_days"), site_settings.fixed_by("name")) == ("SDSITE_TRASH_DAYS", "")
    assert site_settings.current().name == "Atelier"


def test_an_announcement_ends_by_itself():
    now = timezone.now()
    row = SiteSettings.objects.create(pk=1, announcement="Hello.", announced_at=now)
    assert site_settings.current().announcement.text == "Hello."
    SiteSettings.objects.filter(pk=row.pk).update(announced_until=now - timedelta(seconds=1))
    assert site_settings.current().announcement is None


def test_elsewhere_each_call_reads_and_so_sees_what_others_changed(django_assert_num_queries):
    SiteSettings.objects.create(pk=1, name="One")
    with django_assert_num_queries(2):
        assert [site_settings.current().name, site_settings.current().name] == ["One", "One"]
    SiteSettings.objects.update(name="Two")
    assert site_settings.current().name == "Two"
