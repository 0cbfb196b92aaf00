"""The rules that hold now, read again only after a change, and those that held at an earlier revision."""

import logging
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, QuerySet
from pydantic import ValidationError

from gallery.models import RuleVersion
from gallery.models.rule import RuleScope
from gallery.rules.content import RuleContent
from gallery.rules.engine import ActiveRule
from sdsite.accounts.models import User

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RuleSet:
    """The enabled rules in their order, and the newest version of any rule."""

    rules: tuple[ActiveRule, ...] = ()
    revision: int = 0

    def of(self, *scopes: RuleScope) -> tuple[ActiveRule, ...]:
        """Return the rules of `scopes`."""
        return tuple(rule for rule in self.rules if rule.content.scope in scopes)


# One process's copy: the state of the versions that it was read at, and the rules.
_copy: tuple[Any, RuleSet] | None = None


def current() -> RuleSet:
    """Return the rules that hold now: one small query, and all of them only after a change in any process."""
    global _copy
    # The count too: on PostgreSQL a version with a smaller id may be committed later.
    state = RuleVersion.objects.aggregate(Max("pk"), Count("pk"), Max("saved_at"))
    copy = _copy
    if copy is None or copy[0] != state:
        copy = (state, at_revision(state["pk__max"]) if state["pk__count"] else RuleSet())
        _copy = copy
    return copy[1]


def at_revision(revision: int) -> RuleSet:
    """Return the rules as they were when `revision` was the newest version."""
    found = []
    for version in newest_versions(revision):
        try:
            content = RuleContent.model_validate(version.content)
        except ValidationError:
            logger.exception("version %s of rule %s cannot be read, and does not count", version.pk, version.rule_id)
            continue
        if content.enabled:
            found.append(ActiveRule(version.rule_id, version.pk, content))
    return RuleSet(tuple(sorted(found, key=lambda rule: (rule.content.order, rule.rule_id))), revision)


def newest_versions(revision: int) -> QuerySet[RuleVersion]:
    """Return the newest version up to `revision` of each rule that was not removed by then."""
    newest = RuleVersion.objects.filter(pk__lte=revision).order_by().values("rule").annotate(newest=Max("pk"))
    return RuleVersion.objects.filter(pk__in=newest.values("newest"), content__isnull=False)


def roles_of(user_id: int, rules: tuple[ActiveRule, ...]) -> frozenset[int]:
    """Return the roles of a user, as far as any of `rules` asks for roles."""
    asked = {role for rule in rules for role in rule.content.roles}
    if not asked:
        return frozenset()
    mine = User.groups.through.objects.filter(user_id=user_id, group_id__in=asked)
    return frozenset(mine.values_list("group_id", flat=True))
