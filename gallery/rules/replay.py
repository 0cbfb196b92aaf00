"""Replay: judge recorded facts again by the rules of that time, and compare the decisions."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from gallery.models import RuleHit
from gallery.rules.current import RuleSet, at_revision
from gallery.rules.engine import Facts, decide

MOST_NAMED = 20


@dataclass
class Replay:
    """How many judgements were the same again, differed, or cannot be judged, because their facts are not kept."""

    same: int = 0
    forgotten: int = 0
    different: list[uuid.UUID] = field(default_factory=list)


def replay(*, newest: int | None = None) -> Replay:
    """Judge what was recorded again, the newest first, at most `newest` judgements; nothing is stored."""
    rules_at = lru_cache(maxsize=50)(at_revision)
    found = Replay()
    for number, hits in enumerate(_judgements()):
        if newest is not None and number >= newest:
            break
        if hits[0].facts is None:
            found.forgotten += 1
        elif _is_same(hits, rules_at(hits[0].revision)):
            found.same += 1
        else:
            found.different.append(hits[0].judgement)
    return found


def _judgements() -> Iterator[list[RuleHit]]:
    """Yield the matches of one judgement after the other; they were stored together."""
    rows = RuleHit.objects.order_by("-created_at", "judgement").iterator(chunk_size=500)
    for _, together in groupby(rows, key=lambda hit: hit.judgement):
        yield list(together)


def _is_same(hits: list[RuleHit], then: RuleSet) -> bool:
    judged = decide(then.rules, Facts.from_json(hits[0].facts))  # rules of other scopes find nothing in these facts
    again = {match.rule.version_id for match in judged.matches if match.rule.content.decision != "allow"}
    return judged.decision == hits[0].outcome and again == {hit.version_id for hit in hits}
