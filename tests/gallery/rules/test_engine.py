"""Decisions on facts: the strictest rule that matches, and what an allow rule lifts."""

import pytest

from gallery.rules import engine
from gallery.rules.content import RuleContent
from gallery.rules.engine import ActiveRule, Facts, TooLong, decide, stricter


def rule(number, decision, scope="prompt", **content):
    words = {"words": "zeppelin"} if scope == "prompt" and "expression" not in content else {}
    made = RuleContent(**{"name": f"rule {number}", "scope": scope, "decision": decision, **words, **content})
    return ActiveRule(number, number, made)


def prompts(*texts, negatives=(), roles=()):
    return Facts.of_prompts(texts, negatives, frozenset(roles))


def matched(judgement):
    return [match.rule.rule_id for match in judgement.matches]


@pytest.mark.parametrize("strictest", ["notify", "blur", "hold", "refuse"])
def test_the_strictest_of_the_rules_that_match_holds(strictest):
    others = ["notify", "blur", "hold", "refuse"]
    rules = [rule(n, decision) for n, decision in enumerate(others[: others.index(strictest) + 1])]
    assert decide(rules, prompts("a zeppelin")).decision == strictest
    assert decide(rules[::-1], prompts("a zeppelin")).decision == strictest


def test_nothing_matches_nothing():
    judgement = decide([rule(1, "refuse")], prompts("a red heart"))
    assert (judgement.decision, judgement.matches, judgement.reason) == ("allow", (), "")


def test_a_rule_binds_its_roles_only_and_nobody_when_it_is_off():
    bound = rule(1, "refuse", roles=[4])
    assert decide([bound], prompts("zeppelin", roles=[4, 5])).decision == "refuse"
    assert decide([bound], prompts("zeppelin", roles=[5])).decision == "allow"
    assert decide([rule(1, "refuse", enabled=False)], prompts("zeppelin")).decision == "allow"


def test_negative_prompts_count_unless_the_rule_says_no():
    only_there = prompts("a red heart", negatives=["zeppelin"])
    assert decide([rule(1, "refuse")], only_there).decision == "refuse"
    assert decide([rule(1, "refuse", negative=False)], only_there).decision == "allow"


def test_any_prompt_of_a_job_counts():
    judgement = decide([rule(1, "refuse")], prompts("a heart", "a star", "a (zeppelin:1.2)"))
    assert judgement.matches[0].matched == "zeppelin"
    assert judgement.facts.prompts == ("a (zeppelin:1.2)",)


class TestAllow:
    """A rule that allows takes what it matched away from the rules after it."""

    lifts = rule(1, "allow", words="led zeppelin")

    def test_the_passage_is_lifted_and_no_other(self):
        refuses = rule(2, "refuse")
        assert decide([self.lifts, refuses], prompts("Led Zeppelin live, led zeppelin")).decision == "allow"
        assert decide([self.lifts, refuses], prompts("led zeppelin in a zeppelin")).decision == "refuse"
        assert decide([self.lifts, refuses], prompts("led zeppelin zeppelin")).decision == "refuse"

    def test_neighbours_are_lifted_both(self):
        rules = [rule(1, "allow"), rule(2, "refuse")]
        assert decide(rules, prompts("zeppelin zeppelin zeppelin")).decision == "allow"

    def test_rules_before_it_still_count(self):
        assert decide([rule(2, "refuse"), self.lifts], prompts("led zeppelin")).decision == "refuse"

    def test_roles_can_be_exempt(self):
        rules = [rule(1, "allow", expression=".+", roles=[9]), rule(2, "refuse")]
        assert decide(rules, prompts("zeppelin", roles=[9])).decision == "allow"
        assert decide(rules, prompts("zeppelin")).decision == "refuse"

    def test_a_label_of_the_checker_is_lifted(self):
        rules = [
            rule(1, "allow", "checker", label="face", least_score=0.5),
            rule(2, "hold", "checker", label="face", least_score=0.5),
            rule(3, "blur", "checker", label="", least_score=0.5),
        ]
        assert matched(decide(rules, Facts(scores={"face": 0.9, "": 0.2}))) == [1]
        assert matched(decide(rules[1:], Facts(scores={"face": 0.9, "": 0.6}))) == [2, 3]
        assert matched(decide(rules, Facts(scores={"face": 0.4}))) == []

    def test_later_rules_for_publications_are_lifted(self):
        facts = Facts(published={60: 50}, age_days=1.0)
        rules = [rule(1, "allow", "burst", publications=0), rule(2, "hold", "burst"), rule(3, "hold", "new_account")]
        assert matched(decide(rules, facts)) == [1, 3]


def test_a_burst_is_more_than_so_many():
    burst = rule(1, "hold", "burst", publications=5, minutes=10)
    assert decide([burst], Facts(published={10: 5})).decision == "allow"
    assert decide([burst], Facts(published={10: 6})).decision == "hold"
    assert decide([burst], Facts(published={20: 6})).decision == "allow"


def test_an_account_is_new_until_it_has_the_days():
    new = rule(1, "hold", "new_account", days=7)
    assert decide([new], Facts(age_days=6.99)).decision == "hold"
    assert decide([new], Facts(age_days=7.0)).decision == "allow"


def test_the_facts_that_are_kept_have_the_same_judgement():
    rules = [rule(1, "allow", words="led zeppelin"), rule(2, "refuse"), rule(3, "notify", words="heart")]
    facts = prompts("a led zeppelin heart", "a heart", "a sun", "one zeppelin", negatives=["zeppelin", "moon"])
    judgement = decide(rules, facts)
    kept = Facts.from_json(judgement.facts.as_json())
    assert "a sun" not in kept.prompts
    again = decide(rules, kept)
    assert [(m.rule, m.matched) for m in again.matches if m.rule.rule_id > 1] == [
        (m.rule, m.matched) for m in judgement.matches if m.rule.rule_id > 1
    ]


def test_facts_survive_json():
    facts = Facts(frozenset({2, 1}), ("a",), ("b",), {"": 0.5}, {60: 3}, 0.0)
    assert Facts.from_json(facts.as_json()) == facts


def test_the_reason_is_that_of_the_strictest_rule():
    rules = [rule(1, "notify", reason="seen"), rule(2, "refuse", reason="No airships"), rule(3, "refuse", reason="x")]
    assert decide(rules, prompts("zeppelin")).reason == "No airships"


def test_judging_has_a_time_limit(monkeypatch):
    monkeypatch.setattr(engine, "MOST_SECONDS", -1.0)
    with pytest.raises(TooLong):
        decide([rule(1, "refuse")], prompts("a red heart"))


def test_the_strictest_of_nothing_is_allow():
    assert (stricter(), stricter("hold", "blur")) == ("allow", "hold")
