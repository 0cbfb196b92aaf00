"""Rows of derivations have exactly one parent, and go with their child."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from gallery.models import Derivation
from tests.support.factories import make_image
from tests.support.images import upload_of

pytestmark = pytest.mark.django_db


def test_a_row_has_exactly_one_parent_and_goes_with_its_child(alice):
    child, parent, upload = make_image(alice), make_image(alice), upload_of(alice)
    fields = {"child": child, "role": "init", "created_at": timezone.now()}
    for wrong in ({}, {"parent": parent, "upload": upload}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Derivation.objects.create(**fields, **wrong)
    Derivation.objects.create(**fields, upload=upload)
    child.delete()
    assert not Derivation.objects.exists()
