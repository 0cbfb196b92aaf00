"""Short texts that people give things: names, tags, descriptions."""

import unicodedata

from gallery.models.tag import LONGEST_TAG

UNUSABLE = ("Cc", "Cs", "Co", "Cn")  # control characters, halves of pairs, and what is no character


def normalize_text(text: str) -> str:
    """Return `text` trimmed, with single spaces, as NFC.

    Raises:
        ValueError: it holds what no font draws and no database keeps; a sentence for people.
    """
    tidy = unicodedata.normalize("NFC", " ".join(text.split()))
    if any(unicodedata.category(character) in UNUSABLE for character in tidy):
        raise ValueError("characters that cannot be shown are not allowed")
    return tidy


def normalize_tag(name: str) -> str:
    """Return a tag as it is kept: lower case, trimmed, with single spaces.

    Raises:
        ValueError: it is empty, longer than LONGEST_TAG, or has a comma or what no text has; a sentence for people.
    """
    tag = normalize_text(name).lower()
    if not 1 <= len(tag) <= LONGEST_TAG:
        raise ValueError(f"a tag must be 1 to {LONGEST_TAG} characters; got {len(tag)}")
    if "," in tag:
        raise ValueError(f"a tag must not hold a comma; got {tag!r}")
    return tag
