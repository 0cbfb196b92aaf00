"""States of an invitation agree with the selection of usable ones."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sdsite.accounts.models import Invitation


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "usable"),
        ({"uses": 1}, "used up"),
        ({"expires_at": timezone.now() - timedelta(days=1)}, "expired"),
        ({"revoked_at": timezone.now() - timedelta(days=1)}, "revoked"),
        ({"made_by": None}, "withdrawn"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_state_agrees_with_the_selection(alice, fields, state):
    values = {"made_by": alice, "expires_at": timezone.now() + timedelta(days=1), "digest": "x", **fields}
    row = Invitation.objects.create(**values)
    assert row.state == state
    assert Invitation.objects.usable().exists() is (state == "usable")
