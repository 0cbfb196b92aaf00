"""Limits of roles in the admin."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from generation.limits import Limits, get_limits
from generation.models import RoleLimits
from sdsite.accounts.models import AuditEvent
from tests.support.factories import make_checkpoint

LIST = reverse("admin:generation_rolelimits_changelist")


ADD = reverse("admin:generation_rolelimits_add")


@pytest.fixture
def friends(alice):
    group = Group.objects.create(name="friends")
    alice.groups.add(group)
    return group


def test_an_administrator_limits_a_role(as_root, root, friends, alice, charlie, checkpoint):
    values = {"weight": 2, "most_queued": 5, "most_seconds_a_day": 600}
    answer = as_root.post(ADD, {"group": friends.pk, "checkpoints": [checkpoint.pk], **values})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert get_limits(alice.pk) == Limits(checkpoints=frozenset({"starter"}), **values)
    assert get_limits(charlie.pk) == Limits()
    assert AuditEvent.objects.get(action="role_limits.created").actor == root


def test_a_change_is_in_the_trail_by_name_and_holds_at_once(as_root, friends, alice):
    row = RoleLimits.objects.create(group=friends, most_images=4)
    change = reverse("admin:generation_rolelimits_change", args=[row.pk])
    assert as_root.post(change, {"group": friends.pk, "weight": 1, "most_images": 2}).status_code == 302
    assert get_limits(alice.pk).most_images == 2
    (detail,) = AuditEvent.objects.get(action="role_limits.changed").detail["changes"]
    assert detail == {"changed": {"fields": ["Most images"]}}


def test_the_list_says_whose_they_are(as_root, friends):
    RoleLimits.objects.create(most_queued=2)
    row = RoleLimits.objects.create(group=friends)
    row.checkpoints.set([make_checkpoint(slug) for slug in ("a", "b", "c", "d")])
    page = as_root.get(LIST).content.decode()
    for words in ("friends", "everybody else", "every enabled one", "and 1 more"):
        assert words in page, words
