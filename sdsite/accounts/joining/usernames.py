"""Names that people choose: one spelling for each, and none that looks like another by letters of another script."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

ALIKE = ("LATIN", "CYRILLIC", "GREEK")  # scripts with letters that look the same


def read_username(name: str) -> str:
    """Return a new name in its normal form: wide and joined letters become plain ones.

    Raises:
        ValidationError: it mixes scripts whose letters look the same.
    """
    normal = unicodedata.normalize("NFKC", name)
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in normal if letter.isalpha()}
    if len(scripts.intersection(ALIKE)) > 1:
        raise ValidationError(_("Use letters of one script: others look the same and belong to other names."))
    return normal
