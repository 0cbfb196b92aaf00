"""The decision of rules on facts: no clock, no database, so that the same facts always have the same decision.

Rules are read by their order, those of equal order by their age. Of those that match, the strictest decision holds.
A rule that allows lifts what it matched from the rules after it: of prompts the matched passage, of the checker the
label, of publications all later rules of its scope. Rules before it still count.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from gallery.models.rule import LONGEST_MATCH, RuleDecision, RuleScope
from gallery.rules.content import STRICTNESS, RuleContent
from gallery.rules.patterns import compile_screen, find_span, mask, read_prompt

MOST_SECONDS = 5.0  # for all rules on one request; usual ones take a thousandth


SCREENED = 50  # rules that are searched for together first, because most prompts match none
FEW = 5  # of which it would save nothing


class TooLong(Exception):
    """The rules could not be judged within MOST_SECONDS; nothing was decided."""


@dataclass(frozen=True)
class ActiveRule:
    """A rule and the version that holds."""

    rule_id: int
    version_id: int
    content: RuleContent

    @cached_property
    def pattern(self) -> Any:
        """The compiled pattern of a rule for prompts."""
        return self.content.compile()

    def binds(self, roles: frozenset[int]) -> bool:
        """Tell whether it binds a person with `roles`."""
        return not self.content.roles or not roles.isdisjoint(self.content.roles)


@dataclass(frozen=True)
class Facts:
    """What is judged; empty where a scope does not apply. Lines are those of `patterns.read_prompt`.

    `scores` are those of the safety checker by label, "" its whole score. `published` has the publications, this one
    included, within so many minutes. `age_days` is the age of the account of whoever publishes, whose
    publications no rule holds for review if `trusted`.
    """

    roles: frozenset[int] = frozenset()
    prompts: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    published: Mapping[int, int] = field(default_factory=dict)
    age_days: float | None = None
    trusted: bool = False

    @classmethod
    def of_prompts(cls, prompts: Iterable[str], negatives: Iterable[str], roles: frozenset[int]) -> "Facts":
        """Return the facts of the prompts of one job."""
        return cls(roles=roles, prompts=_lines(prompts), negatives=_lines(negatives))

    def as_json(self) -> dict[str, Any]:
        """Return the facts as JSON values, without the empty ones."""
        values = {
            "roles": sorted(self.roles),
            "prompts": list(self.prompts),
            "negatives": list(self.negatives),
            "scores": dict(self.scores),
            "published": {str(minutes): number for minutes, number in self.published.items()},
            "age_days": self.age_days,
            "trusted": self.trusted or None,
        }
        return {name: value for name, value in values.items() if value not in ([], {}, None)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Facts":
        """Return the facts that `as_json` wrote."""
        return cls(
            roles=frozenset(values.get("roles", ())),
            prompts=tuple(values.get("prompts", ())),
            negatives=tuple(values.get("negatives", ())),
            scores=values.get("scores", {}),
            published={int(minutes): number for minutes, number in values.get("published", {}).items()},
            age_days=values.get("age_days"),
            trusted=values.get("trusted", False),
        )


@dataclass(frozen=True)
class Match:
    """A rule that matched; `matched` says what, for moderators, and `line` is the line of a prompt that it was in."""

    rule: ActiveRule
    matched: str
    line: str = ""


@dataclass(frozen=True)
class Judgement:
    """The strictest decision of the rules that matched, and these; `facts` are enough to find the same again."""

    decision: str = RuleDecision.ALLOW.value
    matches: tuple[Match, ...] = ()
    facts: Facts = field(default_factory=Facts)
    revision: int = 0

    @property
    def reason(self) -> str:
        """The public reason of the first rule with the strictest decision; empty: it has none."""
        return next((m.rule.content.reason for m in self.matches if m.rule.content.decision == self.decision), "")


def decide(rules: Sequence[ActiveRule], facts: Facts, *, revision: int = 0) -> Judgement:
    """Return the judgement of `rules`, which are in their order, on `facts`.

    Raises:
        TooLong: it took more than MOST_SECONDS.
    """
    ends = time.monotonic() + MOST_SECONDS
    subject = _Subject(facts)
    matches = []
    bound = [rule for rule in rules if rule.content.enabled and rule.binds(facts.roles)]
    for some in (bound[at : at + SCREENED] for at in range(0, len(bound), SCREENED)):
        for rule in some if subject.may_match(some) else ():
            match = subject.match(rule)
            if match is not None:
                matches.append(match)
            if time.monotonic() > ends:
                raise TooLong
        if time.monotonic() > ends:
            raise TooLong
    strictest = max((match.rule.content.decision for match in matches), key=STRICTNESS.index, default="allow")
    return Judgement(strictest, tuple(matches), _sufficient(facts, matches), revision)


def stricter(*decisions: str) -> str:
    """Return the strictest of `decisions`."""
    return max(decisions, key=STRICTNESS.index, default=RuleDecision.ALLOW.value)


class _Subject:
    """Facts from which rules that allow take what they match."""

    def __init__(self, facts: Facts) -> None:
        self._lines = {False: {line: line for line in facts.prompts}, True: {line: line for line in facts.negatives}}
        self._scores = dict(facts.scores)
        self._facts = facts
        self._lifted: set[str] = set()

    def match(self, rule: ActiveRule) -> Match | None:
        """Return what `rule` matches; if it allows, take that away for the rules after it."""
        found = _MATCHERS[rule.content.scope](self, rule)
        return found and replace(found, matched=_shortened(found.matched))

    def may_match(self, rules: Sequence[ActiveRule]) -> bool:
        """Tell whether any of `rules` could match what is left now: False only where none does."""
        if len(rules) < FEW or any(rule.content.scope != RuleScope.PROMPT.value for rule in rules):
            return True
        screen = compile_screen(
            tuple(rule.content.words for rule in rules if rule.content.words),
            tuple(rule.content.expression for rule in rules if rule.content.expression),
        )
        return screen is None or any(screen.search(left) for lines in self._lines.values() for left in lines.values())

    def prompt(self, rule: ActiveRule) -> Match | None:
        pattern, words, found = rule.pattern, bool(rule.content.words), None
        allows = rule.content.decision == "allow"
        for lines in (self._lines[negative] for negative in (False, True) if rule.content.negative or not negative):
            for line, left in lines.items():
                hit = pattern.search(left)
                if hit is None:
                    continue
                start, end = find_span(hit, words=words)
                found = found or Match(rule, left[start:end], line)
                if not allows:
                    return found
                lines[line] = mask(pattern, left, words=words)
        return found

    def checker(self, rule: ActiveRule) -> Match | None:
        label, least = rule.content.label, rule.content.least_score
        score = self._scores.get(label)
        if score is None or score < least:
            return None
        if rule.content.decision == "allow":
            del self._scores[label]
        return Match(rule, f"{label or 'score'} {score:.2f}")

    def burst(self, rule: ActiveRule) -> Match | None:
        number = self._facts.published.get(rule.content.minutes)
        if number is None or number <= rule.content.publications:
            return None
        return self._of_publication(rule, f"{number} in {rule.content.minutes} min")

    def new_account(self, rule: ActiveRule) -> Match | None:
        age = self._facts.age_days
        if age is None or age >= rule.content.days:
            return None
        return self._of_publication(rule, f"account of {age:.1f} days")

    def _of_publication(self, rule: ActiveRule, words: str) -> Match | None:
        if rule.content.scope in self._lifted or (self._facts.trusted and rule.content.decision == "hold"):
            return None
        if rule.content.decision == "allow":
            self._lifted.add(rule.content.scope)
        return Match(rule, words)


_MATCHERS = {
    RuleScope.PROMPT.value: _Subject.prompt,
    RuleScope.CHECKER.value: _Subject.checker,
    RuleScope.BURST.value: _Subject.burst,
    RuleScope.NEW_ACCOUNT.value: _Subject.new_account,
}


def _sufficient(facts: Facts, matches: Sequence[Match]) -> Facts:
    """Return `facts` with only those lines that a match was in: the others have no part in the decision."""
    lines = {match.line for match in matches if match.rule.content.decision != "allow"}
    return replace(
        facts,
        prompts=tuple(line for line in facts.prompts if line in lines),
        negatives=tuple(line for line in facts.negatives if line in lines),
    )


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for text in dict.fromkeys(texts) for line in read_prompt(text) if line))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_MATCH else f"{text[: LONGEST_MATCH - 1]}…"
