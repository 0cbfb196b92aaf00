"""Tests look in pages for nothing that a random token or id may contain, or each would fail once in many runs."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
# What tokens, ids and digests are made of. Six of these characters are one of 57,000,000,000 in each place of a token.
LIKE_A_TOKEN = re.compile(r"[\w+/=-]{1,5}", re.ASCII)
A_PAGE = re.compile(r"^(page|text|body|html|content)$|\.content$|\.content\(\)$|\.decode\(\)$|^text_of\(.*\)$")


def absent_words(source):
    """Yield (line, word) of each word that may be in a token and must not be in a page."""
    tree = ast.parse(source)
    loops = {}
    for loop in ast.walk(tree):
        if isinstance(loop, ast.For | ast.comprehension) and isinstance(loop.iter, ast.Tuple | ast.List):
            loops.setdefault(ast.unparse(loop.target), []).append(loop)
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=word, ops=[ast.NotIn()], comparators=[page]) if A_PAGE.search(ast.unparse(page)):
                for value in _values(word, node.lineno, loops):
                    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    if LIKE_A_TOKEN.fullmatch(text):
                        yield node.lineno, text


def _values(word, line, loops):
    if isinstance(word, ast.Constant):
        return [word.value]
    around = [loop for loop in loops.get(ast.unparse(word), []) if loop.iter.lineno <= line]
    nearest = max(around, key=lambda loop: loop.iter.lineno, default=None)
    return [one.value for one in nearest.iter.elts if isinstance(one, ast.Constant)] if nearest else []


@pytest.mark.parametrize(
    "source",
    [
        'assert "47" not in page',
        "assert b'fog' not in answer.content",
        'assert "fox" not in page.content()',
        'for word in ("a red heart", "4711"):\n    assert word not in answer.content.decode()',
        'assert all(word not in page for word in ["mine"])',
    ],
)
def test_such_words_are_found(source):
    assert len(list(absent_words(source))) == 1


def test_no_test_says_that_they_are_absent():
    # A condition on a prompt is none on a page.
    left_out = {"test_prompts_any_text.py", Path(__file__).name}
    files = [file for file in sorted(TESTS.rglob("test_*.py")) if file.name not in left_out]
    found = [(str(file.relative_to(TESTS)), *one) for file in files for one in absent_words(file.read_text())]
    assert found == []
