"""Rows of identity providers."""

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from sdsite.accounts.models import IdentityProvider, ProviderRole


def test_a_group_gives_a_role_once(db):
    row = IdentityProvider.objects.create(slug="a", name="A", server_url="https://id.example", client_id="x")
    group = Group.objects.create(name="painters")
    role = ProviderRole.objects.create(provider=row, value="art", group=group)
    assert str(role) == "art → painters"
    assert str(row) == "A"
    with pytest.raises(IntegrityError), transaction.atomic():
        ProviderRole.objects.create(provider=row, value="art", group=group)
