"""Which suspensions are in force, and which are over."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sdsite.accounts.models import Suspension
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


def test_those_of_active_people_have_ended():
    now = timezone.now()
    for name, active, days in (("over", False, -1), ("later", False, 1), ("open", False, None), ("back", True, -1)):
        until = None if days is None else now + timedelta(days=days)
        Suspension.objects.create(user=make_user(name, is_active=active), until=until)
    assert [str(row) for row in Suspension.objects.in_force()] == ["over", "later", "open"]
    assert [str(row) for row in Suspension.objects.due(now)] == ["over"]
