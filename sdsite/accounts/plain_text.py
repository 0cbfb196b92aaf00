"""Short texts that others read: no characters that databases refuse or that hide and turn around what stands beside."""

import unicodedata

from django.utils.translation import gettext as _

# Unicode categories that are refused: control characters, surrogates, private use, unassigned.
UNUSABLE = ("Cc", "Cs", "Co", "Cn")
# They turn the direction of all that follows, also of words that are not the writer's.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def wrong_characters(text: str) -> str:
    """Return a sentence where one line of `text` has a character that cannot be shown, or ""."""
    for character in text:
        if character in TURNING or unicodedata.category(character) in UNUSABLE:
            return _("Characters that cannot be shown are not allowed.")
    return ""
