"""Refusals of files have a code of one table and a sentence."""

import pytest

from generation.weights.recognition.recognized import CODES, FileRefused


def test_a_refusal_has_a_known_code():
    refused = FileRefused("pickle", "It is a pickle.")
    assert (refused.code, refused.message) == ("pickle", "It is a pickle.")
    with pytest.raises(ValueError, match="no_code"):
        FileRefused("no_code", "It is.")


def test_docs_tell_every_code():
    from tests.support.site import ROOT

    text = (ROOT / "docs" / "checkpoints.md").read_text()
    assert [code for code in CODES if f"| `{code}` |" not in text] == []
