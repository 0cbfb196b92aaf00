"""Short texts that people give things: names, tags, descriptions."""

import unicodedata

UNUSABLE = ("Cc", "Cs", "Co", "Cn")  # control characters, halves of pairs, and what is no character


def spaced(text: str) -> str:
    """Return `text` trimmed, with single spaces, as NFC.

    Raises:
        ValueError: it holds what no font draws and no database keeps; a sentence for people.
    """
    tidy = unicodedata.normalize("NFC", " ".join(text.split()))
    if any(unicodedata.category(character) in UNUSABLE for character in tidy):
        raise ValueError("characters that cannot be shown are not allowed")
    return tidy
