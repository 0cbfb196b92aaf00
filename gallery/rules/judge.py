"""Judging by the rules of the site: prompts before a job is accepted, pixels in the worker, and publications."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from gallery.models import Image, ShareLink
from gallery.models.rule import RuleScope
from gallery.rules.current import current, roles_of
from gallery.rules.engine import ActiveRule, Facts, Judgement, decide
from sdsite.accounts.roles.backend import may

if TYPE_CHECKING:
    from sdsite.accounts.models import User

NOTHING = Judgement()
TRUSTED = "gallery.publish_without_review"
PUBLICATIONS = (RuleScope.BURST, RuleScope.NEW_ACCOUNT)


def judge_prompt(*, user_id: int, prompts: Iterable[str], negatives: Iterable[str] = ()) -> Judgement:
    """Return the judgement on all prompts of one job, as they are after wildcards were expanded.

    Raises:
        TooLong: it took too long; nothing may be accepted then.
    """
    active = current()
    rules = active.of(RuleScope.PROMPT)
    if not rules:
        return NOTHING
    return decide(rules, Facts.of_prompts(prompts, negatives, roles_of(user_id, rules)), revision=active.revision)


def judge_pixels(*, user_id: int, scores: Mapping[str, float]) -> Judgement:
    """Return the judgement on one image by the scores of the safety checker, by label; "" is its whole score."""
    active = current()
    rules = active.of(RuleScope.CHECKER)
    if not rules:
        return NOTHING
    asked = {rule.content.label for rule in rules}
    known = {label: round(score, 4) for label, score in scores.items() if label in asked}
    return decide(rules, Facts(roles=roles_of(user_id, rules), scores=known), revision=active.revision)


def may_judge_pixels(user_id: int) -> bool:
    """Tell whether a rule could blur, hold or refuse an image of the user once it was checked."""
    rules = current().of(RuleScope.CHECKER)
    roles = roles_of(user_id, rules)
    return any(rule.binds(roles) and rule.content.decision in ("blur", "hold", "refuse") for rule in rules)


def judge_publication(*, user: "User", number: int) -> Judgement:
    """Return the judgement on `number` images that `user` is about to let others see."""
    active = current()
    rules = active.of(*PUBLICATIONS)
    if not rules or number < 1:
        return NOTHING
    return decide(rules, _facts_of_publication(user, number, rules), revision=active.revision)


def _facts_of_publication(user: "User", number: int, rules: tuple[ActiveRule, ...]) -> Facts:
    now = timezone.now()
    windows = {rule.content.minutes for rule in rules if rule.content.scope == "burst"}
    published = {minutes: number + _published(user, now - timedelta(minutes=minutes)) for minutes in sorted(windows)}
    age = max(0.0, (now - user.date_joined).total_seconds() / 86400)
    trusted = may(user, TRUSTED)
    return Facts(roles_of(user.pk, rules), published=published, age_days=round(age, 4), trusted=trusted)


def _published(user: "User", since: object) -> int:
    images = Image.objects.owned_by(user).filter(published_at__gte=since).order_by()
    links = ShareLink.objects.filter(owner=user, created_at__gte=since).order_by()
    return images.count() + links.count()


__all__ = ["NOTHING", "PUBLICATIONS", "judge_pixels", "judge_prompt", "judge_publication", "may_judge_pixels"]
