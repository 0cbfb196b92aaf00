"""Texts as other programs write them, each with what is to be read; infotexts.txt holds them.

A line "->" gives every field found, nested ones dotted, `size` for width and height, `negative` for the negative
prompt, the names of what is unknown, and pieces that are no settings. Where `prompt` is not given it is all that stands
before the settings.
"""

import itertools
import json
import re
import shlex
from pathlib import Path

import pytest

from generation.parameters.metadata.a1111 import read

CASES = [case.strip("\n") for case in (Path(__file__).parent / "infotexts.txt").read_text().split("\n====\n")]


SETTINGS = re.compile(r"Negative prompt:|Steps: \d|(Seed|Prompt style): \w+, ")


def value_of(text):
    try:
        return json.loads(text)
    except ValueError:
        return text.replace("\\n", "\n")


def expected_of(text, line):
    wanted = {name: value_of(value) for name, _, value in (one.partition("=") for one in shlex.split(line))}
    unknown = {name.strip() for name in wanted.pop("unknown", "").split(",")} - {""}
    source = wanted.pop("source", "A1111")
    if "size" in wanted:
        wanted["width"], wanted["height"] = map(int, wanted.pop("size").split("x"))
    wanted["negative_prompt"] = wanted.pop("negative", "")
    before = itertools.takewhile(lambda one: not SETTINGS.match(one), text.split("\n"))
    wanted.setdefault("prompt", "\n".join(one.strip() for one in before))
    skipped = [piece for piece in [wanted.pop("skipped", "")] if piece]
    return {name: value for name, value in wanted.items() if value != ""}, unknown, skipped, source


def flat(parameters):
    found = {}
    for name, value in parameters.items():
        if isinstance(value, dict):
            found |= {f"{name}.{part}": one for part, one in value.items()}
        else:
            found[name] = value
    return found


def test_there_are_many_different_ones():
    assert len(CASES) == len(set(CASES)) == 112


@pytest.mark.parametrize("number", range(len(CASES)))
def test_each_is_read_and_nothing_is_lost(number):
    text, _, line = CASES[number].rpartition("\n-> ")
    wanted, unknown, skipped, source = expected_of(text, line)
    found = read(text)
    parameters = flat(found.parameters)
    # A nested part brings its own defaults along.
    defaults = {
        "hires.steps": 0,
        "hires.strength": 0.5,
        "hires.scale": 2.0,
        "hires.upscaler": None,
        "refiner.start": 0.8,
    }
    assert {name: one for name, one in parameters.items() if name in wanted or defaults.get(name, "") != one} == wanted
    assert set(found.unknown) == unknown
    assert found.skipped == skipped
    assert found.source == source
