"""The scanner of pairs goes on behind whatever it cannot read, and lists it."""

import pytest

from generation.parameters.metadata.pairs import MOST_PAIRS, scan


@pytest.mark.parametrize(
    ("text", "values", "skipped"),
    [
        ("Steps: 20, Seed: 1", {"Steps": "20", "Seed": "1"}, []),
        (", ,Steps: 20,,\n Seed: 1 ,", {"Steps": "20", "Seed": "1"}, []),
        ("rubbish, Steps: 20, more rubbish: , Seed: 1", {"Steps": "20", "more rubbish": "", "Seed": "1"}, ["rubbish"]),
        ("Steps: 20 Seed: 1; Size: 8x8", {"Steps": "20", "Seed": "1", "Size": "8x8"}, []),
        ('Model: "a, b: \\"c\\"", Seed: 1', {"Model": 'a, b: "c"', "Seed": "1"}, []),
        ('Model: "never closed, Seed: 1', {"Model": '"never closed', "Seed": "1"}, []),
        ('A: "lost, Seed: 1, B: "x, y", C: 2', {"A": '"lost', "Seed": "1", "B": "x, y", "C": "2"}, []),
        ('A: "Model:" in, Model: no", Model: yes', {"A": '"', "Model": "yes"}, []),
        ("A: (1, (2, 3)), B: [x], C: {'a': [1, 2]}", {"A": "(1, (2, 3))", "B": "[x]", "C": "{'a': [1, 2]}"}, []),
        ("A: (1, Seed: 3, B: 2)", {"A": "(1", "Seed": "3", "B": "2)"}, []),
        ('A: [{"b": "c, D: e"}], F: 1', {"A": '[{"b": "c, D: e"}]', "F": "1"}, []),
        ("CFG scale: 7,5, Steps: 20,Seed: 1", {"CFG scale": "7,5", "Steps": "20", "Seed": "1"}, []),
        ("Other: a, b, c, Seed: 1, d", {"Other": "a, b, c", "Seed": "1"}, ["d"]),
        ("Template: a, b: c, d\nSeed: 1", {"Template": "a, b: c, d", "Seed": "1"}, []),
        ("Link: https://example.org/a, Seed: 1", {"Link": "https://example.org/a", "Seed": "1"}, []),
        ("Seed: 1, Seed: 2", {"Seed": "1"}, ["Seed: 2"]),
    ],
)
def test_pairs_and_what_is_skipped(text, values, skipped):
    found = scan(text)
    assert {name: found.values[name] for name in values} == values
    assert set(found.values) == set(values)
    assert found.skipped == skipped


def test_pairs_beyond_the_bound_are_listed_and_not_read():
    found = scan(", ".join(f"k{number}: 1" for number in range(MOST_PAIRS + 5)))
    assert len(found.values) == MOST_PAIRS
    assert found.skipped[0].startswith(f"k{MOST_PAIRS}: 1, ")
