"""Rules that are searched for together first decide as each by itself does."""

import random

import pytest

from gallery.rules import engine
from gallery.rules.content import RuleContent
from gallery.rules.engine import ActiveRule, Facts, TooLong, decide
from gallery.rules.patterns import compile_screen

WORDS = ("led", "zeppelin", "heart", "été", "飛行船", "c++", "moon", "strasse", "σοφος", "k", "sun")
EXPRESSIONS = (r"z.p+elin", r"(?P<one>moon|sun)s?", r"^a ", r"\bled\b", "hea(rt)+", r"(?-i)MOON", "x01|e t")
DECISIONS = ("allow", "notify", "blur", "hold", "refuse")


def make_rules(dice):
    rules = []
    for number in range(40):
        pattern = {"words": ", ".join(dice.sample(WORDS, k=2))}
        if dice.random() < 0.4:
            pattern = {"expression": dice.choice(EXPRESSIONS)}
        roles = [1] if dice.random() < 0.2 else []
        values = {"name": "one", "scope": "prompt", "decision": dice.choice(DECISIONS), "roles": roles, **pattern}
        rules.append(ActiveRule(number, number, RuleContent(negative=dice.random() < 0.7, **values)))
    return rules


def make_facts(dice):
    def text():
        return " ".join(dice.choices((*WORDS, "a", "MOON", "(heart:1.2)", "Σοφος", "ΣΟΦΟΣ", "K", "été!"), k=3))

    return Facts.of_prompts([text(), text()], [text()], frozenset(dice.sample((1, 2), k=1)))


@pytest.mark.parametrize("seed", range(10))
def test_decisions_and_matches_are_the_same(seed, monkeypatch):
    dice = random.Random(seed)
    rules, facts = make_rules(dice), [make_facts(dice) for _ in range(60)]
    monkeypatch.setattr(engine, "SCREENED", 7)
    together = [decide(rules, one) for one in facts]
    assert len({tuple(match.rule.rule_id for match in judgement.matches) for judgement in together}) > 10
    monkeypatch.setattr(engine, "FEW", 1000)
    assert [decide(rules, one) for one in facts] == together


def test_most_prompts_are_searched_once_for_many_rules(monkeypatch):
    content = RuleContent(name="one", scope="prompt", decision="hold", words="zeppelin")
    rules = [ActiveRule(number, number, content) for number in range(50)]
    monkeypatch.setattr(ActiveRule, "pattern", None)  # what is searched for singly now would fail
    assert decide(rules, Facts.of_prompts(["a heart"], [], frozenset())).decision == "allow"
    with pytest.raises(AttributeError):
        decide(rules, Facts.of_prompts(["a zeppelin"], [], frozenset()))


def test_expressions_that_do_not_fit_together_are_searched_for_singly():
    assert compile_screen((), (r"\Qa", "b")) is None
    for expression in (r"\Q{}", "(?P<one>{})"):
        contents = [
            RuleContent(name="n", scope="prompt", decision="hold", expression=expression.format(one))
            for one in "abcdef"
        ]
        rules = [ActiveRule(number, number, content) for number, content in enumerate(contents)]
        found = decide(rules, Facts.of_prompts(["c"], [], frozenset()))
        assert [match.rule.rule_id for match in found.matches] == [2]


def test_the_time_for_rules_that_match_nothing_counts_too(monkeypatch):
    content = RuleContent(name="one", scope="prompt", decision="hold", words="zeppelin")
    monkeypatch.setattr(engine, "MOST_SECONDS", -1.0)
    with pytest.raises(TooLong):
        decide([ActiveRule(1, number, content) for number in range(50)], Facts.of_prompts(["x"], [], frozenset()))
