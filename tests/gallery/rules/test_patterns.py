"""Words and expressions of rules: what they match, and which are refused."""

import pytest

from gallery.rules.patterns import (
    LONGEST_PATTERN,
    PatternRefused,
    compile_expression,
    compile_words,
    normalize,
    read_prompt,
    split_words,
)


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        ("zeppelin", "a Zeppelin, at night", True),
        ("zeppelin", "two zeppelins", False),
        ("zeppelin", "zeppelin", True),
        ("sex", "Essex in spring", False),
        ("golden arches", "the golden   arches", True),
        ("golden arches", "golden light, arches", False),
        ("émigré", "an Émigré", True),
        ("émigré", "émigrés", False),
        ("c++", "a c++ logo", True),
        ("飛行船", "大きな飛行船の絵", True),
        ("飛行船", "大きな鳥", False),
        ("red, blue\ngreen", "something green.", True),
    ],
)
def test_words_match_whole_words_in_any_case(words, text, found):
    assert (compile_words(words).search(normalize(text)) is not None) is found


def test_a_list_has_each_word_once():
    assert split_words(" Red , red\n\n deep  blue ,") == ["red", "deep blue"]


@pytest.mark.parametrize(
    "text", ["zep\u200bpelin", "ＺＥＰＰＥＬＩＮ", "(zeppelin:1.3)", "zep(pel)in", "[zeppelin]", r"\(zeppelin\)"]
)
def test_a_prompt_is_read_without_what_hides_a_word(text):
    pattern = compile_words("zeppelin")
    assert any(pattern.search(line) for line in read_prompt(text))


def test_a_prompt_without_syntax_is_one_line():
    assert list(read_prompt("a  red heart")) == ["a red heart"]
    assert list(read_prompt("a (red:1.2) heart")) == ["a (red:1.2) heart", "a red heart"]


def test_an_expression_matches_in_any_case():
    pattern = compile_expression(r"air[- ]?ships?\b")
    assert pattern.search("Two AIR-SHIPS").group() == "AIR-SHIPS"
    assert pattern.search("airshipping") is None


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("(", "missing"),
        ("(?<=a)b", "look-behind"),
        (r"(a)\1", "back-references"),
        ("((a{90}){90}){90}", "repetitions"),
        (r"\pL{20}x", "repetitions"),
        ("", "empty"),
        ("a*", "every prompt"),
        ("a" * (LONGEST_PATTERN + 1), "500"),
    ],
)
def test_an_expression_that_cannot_be_used_is_refused_with_a_sentence(expression, said):
    with pytest.raises(PatternRefused, match=said):
        compile_expression(expression)


@pytest.mark.parametrize("words", ["", " ,\n, "])
def test_a_list_without_a_word_is_refused(words):
    with pytest.raises(PatternRefused, match="at least one word"):
        compile_words(words)


@pytest.mark.parametrize("expression", ["(a+)+$", "(a|a)*b", "(.*a){12}b", "(x+x+)+y"])
def test_an_expression_that_explodes_elsewhere_ends_here(expression):
    """With backtracking none of these would end within hours."""
    assert compile_expression(expression).search("a" * 9999 + "!") is None or expression == "(a+)+$"
