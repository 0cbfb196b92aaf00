"""Changes of rules: versions, the audit log, and what is refused."""

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from gallery.models import Rule, RuleVersion
from gallery.rules import changes
from gallery.rules.changes import TooManyRules, remove_rule, save_rule
from gallery.rules.content import RuleContent
from sdsite.accounts.models import AuditEvent
from tests.support.rules import make_rule

pytestmark = pytest.mark.django_db


def changed(rule, **fields):
    return RuleContent(**{**rule.versions.first().content, **fields})


def test_each_change_is_a_version_and_an_audit_entry_with_before_and_after(root):
    rule = make_rule(root)
    save_rule(content=changed(rule, decision="hold"), actor=root, rule=rule)
    remove_rule(rule=rule, actor=root)
    assert [v.content and v.content["decision"] for v in RuleVersion.objects.order_by("pk")] == ["refuse", "hold", None]
    assert set(RuleVersion.objects.values_list("saved_by", flat=True)) == {root.pk}
    created, edited, removed = AuditEvent.objects.filter(action__startswith="rule.").order_by("pk")
    assert [event.action for event in (created, edited, removed)] == ["rule.created", "rule.changed", "rule.removed"]
    assert created.before is None
    assert (edited.before["decision"], edited.after["decision"]) == ("refuse", "hold")
    assert removed.after is None


def test_saving_the_same_again_changes_nothing(root):
    rule = make_rule(root)
    save_rule(content=changed(rule), actor=root, rule=rule)
    assert (RuleVersion.objects.count(), AuditEvent.objects.filter(action="rule.changed").count()) == (1, 0)


def test_roles_are_stored_and_must_exist(root):
    group = Group.objects.create(name="press")
    rule = make_rule(root, roles=[group.pk])
    assert list(rule.roles.all()) == [group]
    with pytest.raises(ValidationError, match="roles must be ids"):
        make_rule(root, roles=[group.pk, group.pk + 1000])


def test_a_rule_of_a_role_that_is_gone_binds_nobody(alice, root):
    from gallery.rules.judge import judge_prompt

    group = Group.objects.create(name="press")
    make_rule(root, roles=[group.pk])
    group.delete()
    assert judge_prompt(user_id=alice.pk, prompts=["zeppelin"]).decision == "allow"


def test_a_removed_rule_is_gone_once(root):
    rule = make_rule(root)
    assert (remove_rule(rule=rule, actor=root), remove_rule(rule=rule, actor=root)) == (True, False)
    with pytest.raises(Rule.DoesNotExist):
        save_rule(content=changed_from(root), actor=root, rule=rule)


def changed_from(root):
    return RuleContent(name="other", scope="prompt", decision="hold", words="heart")


def test_there_are_only_so_many_rules(root, monkeypatch):
    monkeypatch.setattr(changes, "MOST_RULES", 1)
    rule = make_rule(root)
    with pytest.raises(TooManyRules):
        make_rule(root, name="one more")
    remove_rule(rule=rule, actor=root)
    make_rule(root, name="instead")
