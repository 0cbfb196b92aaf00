"""Every parser of a text that people hand in ends soon, whatever long runs and nests of its own signs it is given."""

import itertools
import signal

import pytest

from gallery.search.tokenizer import build_searched_text, parse_query, tokenize
from generation.parameters import ranges
from generation.parameters.metadata.readers import read_text
from generation.parameters.metadata.recovered import NotReadable
from generation.parameters.prompts import PromptRefused, compose, names_in, parse_attention, schedule, split_loras
from generation.parameters.prompts.attention import without_attention
from generation.parameters.prompts.dynamic import expand, is_dynamic
from generation.parameters.prompts.wildcards import parse_lines

LENGTH = ranges.PROMPT_CHARACTERS
SECONDS = 20  # for all texts of a parser, which take about one; a quadratic one takes minutes
SIGNS = " \t\n,:;()[]{}<>|\\/_-+.01aA$\"'"
WORDS = ["BREAK", "AND", "x", "{a|b}", "__a__", "<lora:a:1>", "(a:1.1)", "[a:b:0.5]", "2$$", "Steps:20,", ":1)"]
WORDS += ["Steps: 1\n", "Seed: ", "a:(b,", "a:[1,", 'a:"x"x,', 'a:"x:"', "a:1\n", '{"a":', '[{"a":"', '"a":1,']
PARSERS = {
    "parse_attention": parse_attention,
    "without_attention": without_attention,
    "compose": compose,
    "schedule": lambda text: schedule(text, 20),
    "split_loras": split_loras,
    "names_in": names_in,
    "parse_lines": parse_lines,
    "is_dynamic": is_dynamic,
    "expand": lambda text: expand(text, seed=1, wildcards={"a": ["b"]}),
    "read_text": read_text,
    "tokenize": tokenize,
    "build_searched_text": build_searched_text,
    "parse_query": lambda text: parse_query(text, 20),
}


def texts():
    for sign in SIGNS:
        yield sign * LENGTH
    for one, other in itertools.product("([{<: $_\\", "ax 1:|,)]}>"):
        yield (one + other) * (LENGTH // 2)
    for word in WORDS:
        yield (word * LENGTH)[:LENGTH]
        yield " " * (LENGTH - len(word)) + word
        yield word + " " * (LENGTH - len(word) - 1) + "x"
    for sign in "([{<":
        yield sign * (LENGTH // 2) + "a"


class TooSlow(Exception):
    """The parser was still at work after SECONDS."""


def stop(number, frame):
    raise TooSlow


@pytest.mark.parametrize("name", PARSERS)
def test_no_text_keeps_a_parser_busy(name):
    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        for text in texts():
            try:
                PARSERS[name](text)
            except (PromptRefused, NotReadable):
                continue
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
