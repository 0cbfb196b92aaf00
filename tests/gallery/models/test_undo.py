"""Which records of actions are still valid."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.models import Undo
from gallery.models.undo import UNDO_FOR

pytestmark = pytest.mark.django_db


def test_a_record_is_either_valid_or_expired(alice, charlie):
    fresh = Undo.objects.create(owner=alice, action="trash")
    old = Undo.objects.create(owner=alice, action="rate", created_at=timezone.now() - UNDO_FOR - timedelta(seconds=1))
    assert list(Undo.objects.owned_by(alice).valid()) == [fresh]
    assert list(Undo.objects.expired()) == [old]
    assert not Undo.objects.owned_by(charlie).exists()
