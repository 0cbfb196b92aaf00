"""Roles: one row for all other users, and values that are refused."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from generation.limits import get_limits
from generation.models import RoleLimits

ADD = reverse("admin:generation_rolelimits_add")


@pytest.fixture
def friends(alice):
    group = Group.objects.create(name="friends")
    alice.groups.add(group)
    return group


def test_there_is_one_row_without_a_group(as_root, alice):
    assert as_root.post(ADD, {"group": "", "weight": 1, "most_steps": 30}).status_code == 302
    assert get_limits(alice.pk).most_steps == 30
    again = as_root.post(ADD, {"group": "", "weight": 1, "most_steps": 40})
    assert again.status_code == 200
    assert set(again.context["adminform"].form.errors) == {"group"}
    assert RoleLimits.objects.count() == 1


@pytest.mark.parametrize("bad", [{"weight": 0}, {"most_queued": -1}, {"most_steps": "many"}])
def test_invalid_values_are_refused(as_root, friends, bad):
    answer = as_root.post(ADD, {"group": friends.pk, "weight": 1, **bad})
    assert set(answer.context["adminform"].form.errors) == set(bad)
