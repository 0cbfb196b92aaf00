"""Table of the kinds of notices."""

import re

import pytest
from django.utils import translation

from sdsite.accounts.notices.kinds import KINDS

PLACEHOLDER = re.compile(r"%\((\w+)\)")
SAMPLES = {"collection": "Skies", "percent": 80, "device": "Firefox", "rule": "Brands"}


@pytest.mark.parametrize("language", ["en", "de", "es"])
@pytest.mark.parametrize("count", [1, 3])
def test_every_kind_has_a_whole_sentence_in_every_language(language, count):
    with translation.override(language):
        for name, kind in KINDS.items():
            text = kind.text({**SAMPLES, "count": count}, "bob")
            assert text.endswith((".", "”.")), name
            assert "%" not in text.replace("80 %", ""), name
            if kind.grouped is not None and count > 1:
                assert "3" in text, name


def test_only_kinds_of_one_person_name_them():
    assert "bob" not in KINDS["image_liked"].text({}, "bob")
    assert KINDS["invitation_used"].text({}, "bob").startswith("bob ")


def test_detail_of_another_version_is_no_error():
    assert "cannot describe" in KINDS["collection_shared"].text({"album": "Skies"}, "bob")


def test_a_value_with_a_percent_sign_is_shown_as_it_is():
    assert "“100 %(x)s”" in KINDS["collection_shared"].text({"collection": "100 %(x)s"}, "bob")
