"""Rows of rules: a version is never changed."""

import pytest

from gallery.models import Rule, RuleVersion
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db


def test_a_stored_version_cannot_be_saved_again():
    version = make_rule().versions.get()
    version.content = {**version.content, "decision": "allow"}
    with pytest.raises(TypeError):
        version.save()
    assert RuleVersion.objects.get().content["decision"] == "refuse"


def test_kept_rules_are_listed_in_their_order():
    for name, order in (("second", 2), ("first", 1)):
        make_rule(name=name, order=order)
    assert list(Rule.objects.kept().values_list("name", flat=True)) == ["first", "second"]
