"""Settings texts that were damaged on the way keep every pair that is intact, and are read in linear time."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.parameters.metadata.known_keys import is_known
from generation.parameters.metadata.pairs import scan
from generation.parameters.metadata.sections import divide

TEXTS = [
    case.strip("\n").rpartition("\n-> ")[0]
    for case in (Path(__file__).parent / "infotexts.txt").read_text().split("\n====\n")
]
REACH = 3  # characters around a pair that belong to it: the separators on both sides
JUNK = st.one_of(
    st.sampled_from(
        [",", ", ", '"', "[", "]", "(", ")", "{", "}", ":", "\n", "\r\n", " ", "\t", "\\", "'", ", rubbish,"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=5),
)


def pairs_of(text):
    """Return {(name, value): (start, end)} of the pairs that stand in `text` once and as they are written."""
    found = {}
    for name, value in divide(text).pairs.values.items():
        written = [
            match.span() for match in re.finditer(rf"(?<![\w-]){re.escape(name)}: {re.escape(value)}(?=,|$)", text)
        ]
        if len(written) == 1 and value and len(re.findall(rf"(?<![\w-]){re.escape(name)}:", text)) == 1:
            found[name, value] = written[0]
    return found


CASES = [(text, pairs) for text in TEXTS if (pairs := pairs_of(text))]


def test_nearly_all_pairs_of_the_texts_can_be_told_apart():
    assert len(CASES) > 100
    assert sum(len(pairs) for _, pairs in CASES) > 600


@st.composite
def damaged(draw):
    text, pairs = draw(st.sampled_from([case for case in CASES if "\nSteps:" in f"\n{case[0]}"]))
    start = draw(st.integers(0, len(text)))
    end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 2, 10])))
    intact = {
        pair
        for pair, (first, last) in pairs.items()
        if end < first - REACH or start > last + REACH or start == end == 0
    }
    steps = next((places for (name, _), places in pairs.items() if name == "Steps"), (0, 0))
    if start <= steps[1] + REACH and end >= steps[0] - REACH:  # where the settings begin is a guess then
        intact = {pair for pair in intact if pairs[pair][0] > end}
    if sum(is_known(name) for name, _ in intact) < 3:
        intact = set()  # too few to tell settings from a prompt, where "Steps" is damaged
    return text[:start] + draw(JUNK) + text[end:], intact


@settings(max_examples=600, deadline=None, derandomize=True)  # the same damages in each run
@given(damaged())
def test_one_damage_costs_only_the_pairs_that_it_touches(case):
    text, intact = case
    parts = divide(text)
    lost = {name for name, value in intact if not is_kept(name, value, parts)}
    assert not lost, (text, parts)


def is_kept(name, value, parts):
    """Whether a pair is read, or listed where the damage gave another pair its name.

    The value of a key that no program writes may go on over what follows, or the pair stands in a prompt.
    """
    found = parts.pairs.values.get(name, "")
    if found == value or f"{name}: {value}" in parts.pairs.skipped:
        return True
    if is_known(name):
        return False
    return found.startswith(f"{value},") or f"{name}: {value}" in f"{parts.prompt}\n{parts.negative}"


@pytest.mark.parametrize("number", range(len(CASES)))
def test_lost_line_breaks_cost_no_pair(number):
    text, pairs = CASES[number]
    settings_at = min(start for start, _ in pairs.values())
    if text.count("\n", settings_at) or "\nSteps" not in "\n" + text:
        return  # further lines behind the settings run into them
    found = divide(text.replace("\n", " ")).pairs.values
    assert {pair for pair in pairs if pair not in found.items()} == set()


TOKENS = [*'",:()[]{}\n\\ ', "Seed", "Steps: 1", "Model", "x", "Template", "é"]
WORDS = re.compile("Seed|Steps|Model|Template|x|é|1")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=60).map("".join))
def test_everything_is_in_a_pair_or_listed(text):
    found = scan(text)
    listed = " ".join([*found.values, *found.values.values(), *found.skipped])
    assert set(WORDS.findall(text)) == set(WORDS.findall(listed))
