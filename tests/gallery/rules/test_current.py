"""The rules that hold now, and those of an earlier revision."""

import pytest
from django.contrib.auth.models import Group

from gallery.models import RuleVersion
from gallery.rules.changes import remove_rule, save_rule
from gallery.rules.content import RuleContent
from gallery.rules.current import at_revision, current, roles_of
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db


def names(rules):
    return [rule.content.name for rule in rules.rules]


def test_a_change_holds_from_the_next_reading_on(django_assert_num_queries):
    assert current().rules == ()
    rule = make_rule(name="first")
    make_rule(name="before", order=1)
    assert names(current()) == ["before", "first"]
    with django_assert_num_queries(1):
        assert names(current()) == ["before", "first"]
    off = RuleContent(**{**rule.versions.first().content, "enabled": False})
    save_rule(content=off, actor=None, rule=rule)
    assert names(current()) == ["before"]


def test_an_earlier_revision_has_the_rules_of_that_time():
    rule = make_rule(name="first")
    first = current().revision
    make_rule(name="second")
    remove_rule(rule=rule, actor=None)
    assert names(at_revision(first)) == ["first"]
    assert names(current()) == ["second"]


def test_a_version_that_cannot_be_read_does_not_count(caplog):
    make_rule(name="readable")
    broken = make_rule(name="broken")
    RuleVersion.objects.create(rule=broken, content={"name": "broken", "scope": "prompt"})
    assert names(current()) == ["readable"]
    assert "cannot be read" in caplog.text


def test_roles_are_asked_for_only_where_a_rule_names_some(alice, django_assert_num_queries):
    group = Group.objects.create(name="press")
    alice.groups.add(group, Group.objects.create(name="other"))
    make_rule()
    for_everybody = current().rules
    with django_assert_num_queries(0):
        assert roles_of(alice.pk, for_everybody) == frozenset()
    make_rule(name="for the press", roles=[group.pk])
    assert roles_of(alice.pk, current().rules) == {group.pk}
