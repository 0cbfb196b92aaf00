"""Words of prompts and of searches."""

import pytest

from gallery.search.tokenizer import MOST_WORDS, build_searched_text, parse_query, tokenize, unique_words

TEXTS = {
    "A red, RED heart!": ["a", "red", "red", "heart"],
    "Café naïve l'été": ["cafe", "naive", "l", "ete"],
    "Cafe\u0301": ["cafe"],
    "Straße ΣΊΣΥΦΟΣ İstanbul": ["strasse", "σισυφοσ", "istanbul"],
    "ﬁne ４２ x_y <lora:ink:0.8>": ["fine", "42", "x", "y", "lora", "ink", "0", "8"],
    "赤い花 red": ["赤", "い", "花", "red"],
    "하트 قلب": ["하트", "قلب"],
    "!? -- _": [],
}


@pytest.mark.parametrize("text", TEXTS)
def test_words_are_the_same_however_they_are_written(text):
    assert tokenize(text) == TEXTS[text]


def test_a_long_word_is_cut_and_a_long_prompt_ends():
    assert tokenize("x" * 100) == ["x" * 64]
    prompt = " ".join(f"w{number} w0" for number in range(MOST_WORDS + 50))
    assert len(unique_words(build_searched_text(prompt))) == MOST_WORDS
    assert build_searched_text("") == ""


def parts(asked):
    return asked.words, asked.prefix, asked.phrases, asked.excluded, asked.excluded_phrases


QUERIES = {
    "red heart": (["red"], "heart", [], [], []),
    "red h": (["red", "h"], "", [], [], []),
    'red "old ship" -fog li': (["red", "old", "ship"], "li", ["old ship"], ["fog"], []),
    '"heart"': (["heart"], "", [], [], []),
    'cat -"red fox"': (["cat"], "", [], [], ["red fox"]),
    "well-known": (["well", "known"], "", ["well known"], [], []),
    '"never closed': (["never", "closed"], "", ["never closed"], [], []),
    'fine "': (["fine"], "", [], [], []),
    '- "" !?': ([], "", [], [], []),
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_has_words_phrases_and_exclusions(query):
    assert parts(parse_query(query, 20)) == QUERIES[query]


def test_a_query_has_so_many_terms():
    assert parse_query(" ".join(f"word{number}" for number in range(30)), 20).prefix == "word19"
