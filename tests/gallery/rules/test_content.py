"""What a rule may say: its fields fit together, and are bounded."""

import pytest
from pydantic import ValidationError

from gallery.rules.content import RuleContent

WORDS = {"name": "Airships", "scope": "prompt", "decision": "refuse", "words": "zeppelin"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"words": ""}, "words or an expression"),
        ({"expression": "a"}, "not both"),
        ({"words": "", "expression": "(?=a)b"}, "look-ahead"),
        ({"words": "x" * 501}, "500"),
        ({"words": "a\x00"}, "cannot be shown"),
        ({"scope": "burst"}, "for the scope prompt"),
        ({"scope": "burst", "words": "", "decision": "blur"}, "hold"),
        ({"name": " "}, "name must not be empty"),
        ({"name": "a\x07"}, "cannot be shown"),
        ({"order": 1001}, "1000"),
        ({"least_score": 1.5}, "1"),
        ({"roles": list(range(51))}, "50"),
        ({"decision": "explode"}, "allow"),
        ({"surprise": 1}, "surprise is not known"),
    ],
)
def test_what_does_not_fit_together_is_refused(change, said):
    with pytest.raises(ValidationError, match=said):
        RuleContent(**(WORDS | change))


def test_labels_and_roles_have_one_form():
    content = RuleContent(name="Nudity", scope="checker", decision="hold", label=" NSFW ", roles=[7, 3, 7])
    assert (content.label, content.roles) == ("nsfw", (3, 7))
