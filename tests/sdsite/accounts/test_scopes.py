"""Scopes of API keys."""

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError

from sdsite.accounts.api_keys import create_key
from sdsite.accounts.models import ApiKey
from sdsite.accounts.scopes import scopes_open_to

pytestmark = pytest.mark.django_db


def made(owner, *scopes, **limits):
    return create_key(owner=owner, name="tests", scopes=list(scopes or ("generate", "read")), **limits)


def refused(owner, *scopes, **limits):
    with pytest.raises(ValidationError) as refusal:
        made(owner, *scopes, **limits)
    assert not ApiKey.objects.filter(owner=owner, name="tests").exclude(pk=getattr(limits.get("made_with"), "pk", 0))
    return {name: " ".join(said) for name, said in refusal.value.message_dict.items()}


def allow(user, *permissions):
    user.user_permissions.add(*Permission.objects.filter(codename__in=permissions))
    return type(user).objects.get(pk=user.pk)  # permissions are remembered on the row


class TestScopes:
    """The last two are for those whose permissions allow them."""

    def test_plain_people_hold_three(self, alice):
        assert scopes_open_to(alice) == ["generate", "read", "write"]
        for scope in ("moderate", "admin"):
            assert scope in refused(alice, "read", scope)["scopes"]

    def test_staff_administer_and_those_who_may_delete_images_moderate(self, bob):
        assert scopes_open_to(bob) == ["generate", "read", "write", "admin"]
        bob = allow(bob, "delete_image")
        assert scopes_open_to(bob) == ["generate", "read", "write", "moderate", "admin"]
        assert made(bob, "admin", "moderate")[0].scopes == ["moderate", "admin"]

    def test_permissions_without_staff_give_no_scope(self, alice):
        assert scopes_open_to(allow(alice, "delete_image")) == ["generate", "read", "write"]
