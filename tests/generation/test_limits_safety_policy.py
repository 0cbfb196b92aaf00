"""Safety policies of roles."""

import pytest
from django.contrib.auth.models import Group

from generation.limits import get_safety_policy
from generation.models import RoleLimits

pytestmark = pytest.mark.django_db


def role(name, safety, *members):
    group = Group.objects.create(name=name)
    group.user_set.add(*members)
    return RoleLimits.objects.create(group=group, safety=safety)


def test_users_without_a_role_are_quarantined_by_default(alice):
    assert get_safety_policy(alice.pk) == "quarantine"
    RoleLimits.objects.create(group=None, safety="blur")
    assert get_safety_policy(alice.pk) == "blur"


def test_where_no_role_has_a_policy_images_are_quarantined(alice):
    RoleLimits.objects.create(group=None, safety="")
    assert get_safety_policy(alice.pk) == "quarantine"
    role("many images", "", alice)
    assert get_safety_policy(alice.pk) == "quarantine"


def test_of_several_roles_the_strictest_holds_and_silent_ones_do_not_count(alice, charlie):
    RoleLimits.objects.create(group=None, safety="allow")
    role("grown-ups", "allow", alice)
    role("many images", "", alice, charlie)
    assert (get_safety_policy(alice.pk), get_safety_policy(charlie.pk)) == ("allow", "allow")
    role("school", "refuse", alice)
    assert get_safety_policy(alice.pk) == "refuse"
