"""Rows of required steps."""

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from sdsite.accounts.models import SecondFactorRole, TermsAcceptance, TermsVersion


def test_a_version_is_accepted_once(alice):
    version = TermsVersion.objects.create(number=3, text="Be kind.")
    row = TermsAcceptance.objects.create(user=alice, version=version)
    assert str(row) == "alice: version 3"
    with pytest.raises(IntegrityError), transaction.atomic():
        TermsAcceptance.objects.create(user=alice, version=version)


def test_a_role_takes_its_tick_with_it(db):
    group = Group.objects.create(name="careful")
    assert str(SecondFactorRole.objects.create(group=group)) == "careful"
    group.delete()
    assert not SecondFactorRole.objects.exists()
