"""Rows of notices."""

import pytest

from sdsite.accounts.models import Notice

pytestmark = pytest.mark.django_db


def test_people_see_their_own_and_none_that_went_out_by_other_ways(alice, charlie):
    shown = Notice.objects.create(person=alice, kind="budget_used")
    Notice.objects.create(person=alice, kind="budget_used", on_site=False)
    assert list(Notice.objects.visible_to(alice)) == [shown]
    assert not Notice.objects.visible_to(charlie).exists()
    assert str(shown) == f"budget_used for {alice.pk}"
