"""Words of prompts in searches, against looking into each prompt."""

import pytest

from gallery.models import Image
from gallery.search.tokenizer import tokenize
from tests.gallery.conftest import found
from tests.support.library import make_library

pytestmark = pytest.mark.django_db


def words(row):
    return tokenize(row.prompt)


def beside(row, *wanted):
    return any(tuple(words(row)[at : at + len(wanted)]) == wanted for at in range(len(words(row))))


QUERIES = {
    '"fox"': lambda row: "fox" in words(row),
    "fox": lambda row: any(word.startswith("fox") for word in words(row)),
    "red se": lambda row: "red" in words(row) and any(word.startswith("se") for word in words(row)),
    'sea "red"': lambda row: {"sea", "red"} <= set(words(row)),
    '"old ship"': lambda row: beside(row, "old", "ship"),
    "-fox": lambda row: "fox" not in words(row),
    'red -"red sea" "old"': lambda row: {"red", "old"} <= set(words(row)) and not beside(row, "red", "sea"),
    "心": lambda row: "心" in words(row),
    "cafe": lambda row: "cafe" in words(row),
}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_finds_what_reading_each_prompt_finds(alice, charlie, query):
    rows = make_library(alice, 60, trashed=0)
    make_library(charlie, 20, seed=5)
    assert found(alice, q=query) == sorted(row.prompt for row in rows if QUERIES[query](row))
    assert found(alice) == sorted(Image.objects.owned_by(alice).values_list("prompt", flat=True))
