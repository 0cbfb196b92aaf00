"""Differences between prompts by words."""

import pytest

from gallery.word_differences import mark_differences


def marked(text):
    """Return a text with what differs in brackets."""
    return "".join(f"[{part}]" if differs else part for part, differs in text)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["a red heart", "a red heart"], ["a red heart", "a red heart"]),
        (["a red heart", "a blue heart"], ["a [red] heart", "a [blue] heart"]),
        (["a heart", "a big red heart, oil"], ["a heart", "a [big red] heart[, oil]"]),
        (["a  heart\n", "a heart"], ["a  heart\n", "a heart"]),
        (["red sky, blue sea", "blue sky, red sea"], ["[red] sky, [blue] sea", "[blue] sky, [red] sea"]),
        (["", "a heart"], ["", "[a heart]"]),
        (["a cat", "a dog", "a cat sat"], ["a [cat]", "a [dog]", "a cat [sat]"]),
        (["赤い心", "青い心"], ["[赤]い心", "[青]い心"]),
    ],
)
def test_words_that_the_others_do_not_have_are_marked(texts, expected):
    assert [marked(text) for text in mark_differences(texts)] == expected


def test_long_texts_are_marked_from_the_first_to_the_last_difference():
    one = "begin " + "a b " * 2000 + "end"
    other = "begin " + "b a " * 2000 + "end"
    assert [marked(text) for text in mark_differences([one, other])] == [
        f"begin [{one[6:-4]}] end",
        f"begin [{other[6:-4]}] end",
    ]


def test_nothing_compared_is_nothing():
    assert mark_differences([]) == []
