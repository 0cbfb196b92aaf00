"""How notices look outside."""

import pytest

from sdsite.accounts.models import Notice
from sdsite.accounts.notices.serializers import serialize_notice

pytestmark = pytest.mark.django_db


def test_a_kind_that_is_gone_is_shown_all_the_same(alice):
    shown = serialize_notice(Notice.objects.create(person=alice, kind="of_another_version"))
    assert (shown.text, shown.icon, shown.topic) == ("of_another_version", "bell", "")
