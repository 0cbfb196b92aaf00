"""What a role allows and limits, as one value."""

import pytest

from sdsite.accounts.models import Role
from sdsite.accounts.roles.deeds import DEEDS, SHIPPED
from sdsite.people.roles.state import RoleLimitsState, all_groups, permission_rows, state_of
from tests.support.factories import make_checkpoint
from tests.support.limits import limit

pytestmark = pytest.mark.django_db


def test_shipped_roles_come_first_and_administrators_have_everything(django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        states = [state_of(group) for group in all_groups()]
    assert [one.name for one in states] == list(SHIPPED)
    assert states[-1].permissions == list(DEEDS) == [name for name in DEEDS if name in permission_rows()]
    assert "gallery.publish_without_review" not in states[0].permissions


def test_limits_are_those_of_the_row():
    group = Role.objects.get(key="member").group
    assert state_of(group).limits is None
    limit(group, most_images=4, checkpoints=[make_checkpoint("other")])
    state = state_of(next(one for one in all_groups() if one.pk == group.pk)).limits
    assert state == RoleLimitsState(most_images=4, checkpoints=["other"])
