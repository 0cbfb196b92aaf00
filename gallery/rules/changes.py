"""Changes of rules: each is a new version, and an entry of the audit log with what was said before and after."""

from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from gallery.models import Rule, RuleVersion
from gallery.rules.content import RuleContent
from sdsite.accounts import audit

MOST_RULES = 200


class TooManyRules(Exception):
    """The site has MOST_RULES already."""

    def __init__(self) -> None:
        """Build the message for people."""
        super().__init__(f"The site has {MOST_RULES} rules already; remove some.")


def save_rule(*, content: RuleContent, actor: Any, rule: Rule | None = None) -> Rule:
    """Store what a rule says from now on, for web and workers alike; None creates a rule. Saying the same is harmless.

    Raises:
        TooManyRules: there are MOST_RULES.
        ValidationError: a role does not exist.
        Rule.DoesNotExist: the rule was removed meanwhile.
    """
    with transaction.atomic():
        roles = list(Group.objects.filter(pk__in=content.roles))
        missing = set(content.roles) - {role.pk for role in roles}
        if missing:
            raise ValidationError({"roles": f"roles must be ids of roles; there is none with the id {min(missing)}"})
        before = None
        if rule is None:
            if Rule.objects.kept().count() >= MOST_RULES:
                raise TooManyRules
            rule = Rule()
        else:
            rule = Rule.objects.kept().select_for_update().get(pk=rule.pk)
            before = said_by(rule)
        after = content.model_dump(mode="json")
        if before == after:
            return rule
        for name in ("name", "enabled", "scope", "decision", "order"):
            setattr(rule, name, getattr(content, name))
        rule.save()
        rule.roles.set(roles)
        RuleVersion.objects.create(rule=rule, content=after, saved_by=actor)
        action = "rule.created" if before is None else "rule.changed"
        audit.record(actor=actor, action=action, target=rule.pk, before=before, after=after)
    return rule


def remove_rule(*, rule: Rule, actor: Any) -> bool:
    """Remove a rule; its versions and matches stay. Return whether it was still there."""
    with transaction.atomic():
        locked = Rule.objects.kept().select_for_update().filter(pk=rule.pk).first()
        if locked is None:
            return False
        before = said_by(locked)
        locked.removed_at, locked.enabled = timezone.now(), False
        locked.save()
        RuleVersion.objects.create(rule=locked, content=None, saved_by=actor)
        audit.record(actor=actor, action="rule.removed", target=locked.pk, before=before, after=None)
    return True


def said_by(rule: Rule) -> dict[str, Any] | None:
    """Return what a rule says now; None: it was removed."""
    content: dict[str, Any] | None = rule.versions.values_list("content", flat=True).first()
    return content
