"""The rows of the site itself: one of each, and no other."""

import pytest
from django.db import IntegrityError, transaction

from sdsite.accounts.models import SiteLogo, SiteSettings

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "second", [lambda: SiteSettings(pk=2), lambda: SiteLogo(pk=2, digest="x", large=b"", small=b"")]
)
def test_there_is_no_second_row(second):
    with pytest.raises(IntegrityError), transaction.atomic():
        second().save()


def test_the_dialects_of_a_new_row_are_not_shared_with_another():
    first, other = SiteSettings(pk=1), SiteSettings(pk=1)
    first.dialects.append("simple")
    assert "simple" not in other.dialects
