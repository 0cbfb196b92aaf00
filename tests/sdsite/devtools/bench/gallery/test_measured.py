"""Names and searches of the measurement of the gallery."""

from gallery.search.tokenizer import parse_query
from sdsite.devtools.bench.gallery.fill import word
from sdsite.devtools.bench.gallery.measured import SEARCHES


def test_words_differ_and_searches_are_what_they_are_called():
    assert len({word(number) for number in range(5000)}) == 5000
    parsed = {name: parse_query(query, 20) for name, query in SEARCHES.items()}
    assert len(parsed["two words"].words) == 2
    assert parsed["prefix"].prefix
    assert parsed["minus"].excluded
    assert parsed["phrase"].phrases
