"""A database has one media identity."""

import pytest
from django.db import IntegrityError

from gallery.models import MediaIdentity


def test_there_is_one_row_at_most(db):
    first = MediaIdentity.objects.create(pk=1)
    assert str(first) == str(first.media_id)
    with pytest.raises(IntegrityError):
        MediaIdentity.objects.create(pk=2)
