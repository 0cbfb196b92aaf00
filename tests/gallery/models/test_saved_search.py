"""Rows of saved searches."""

import pytest
from django.db import IntegrityError

from gallery.models import SavedSearch

pytestmark = pytest.mark.django_db


def test_a_person_has_each_name_once_and_they_come_by_name(alice, charlie):
    for owner in (alice, charlie):
        for name in ("Sea", "fox"):
            SavedSearch.objects.create(owner=owner, name=name, folded=name.casefold(), query="q=fox")
    assert [str(one) for one in SavedSearch.objects.owned_by(alice)] == ["fox", "Sea"]
    with pytest.raises(IntegrityError):
        SavedSearch.objects.create(owner=alice, name="FOX", folded="fox", query="q=sea")
