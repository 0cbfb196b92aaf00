"""Normal form of the short texts that users type: names, tags, descriptions."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from gallery.models.tag import LONGEST_TAG
from sdsite.accounts.plain_text import UNUSABLE


def normalize_text(text: str) -> str:
    """Return `text` trimmed, with single spaces, as NFC.

    Raises:
        ValueError: it has a character of an UNUSABLE category; a sentence for people.
    """
    normal = unicodedata.normalize("NFC", " ".join(text.split()))
    if any(unicodedata.category(character) in UNUSABLE for character in normal):
        raise ValueError("characters that cannot be shown are not allowed")
    return normal


def read_text(text: str, *, longest: int) -> str:
    """Return the field `text` of a form or request in its normal form.

    Raises:
        ValidationError: it has an unusable character, or more than `longest` characters; keyed by "text".
    """
    try:
        normal = normalize_text(text)
    except ValueError as error:
        raise ValidationError({"text": f"text: {error}"}) from error
    if len(normal) > longest:
        sentence = _("text must be at most %(most)d characters; got %(got)d")
        raise ValidationError({"text": sentence % {"most": longest, "got": len(normal)}})
    return normal


def normalize_tag(name: str) -> str:
    """Return a tag as it is stored: lower case, trimmed, with single spaces.

    Raises:
        ValueError: it is empty, longer than LONGEST_TAG, or has a comma or an unusable character; a sentence for
            people.
    """
    tag = normalize_text(name).lower()
    if not 1 <= len(tag) <= LONGEST_TAG:
        raise ValueError(f"a tag must be 1 to {LONGEST_TAG} characters; got {len(tag)}")
    if "," in tag:
        raise ValueError(f"a tag must not contain a comma; got {tag!r}")
    return tag
