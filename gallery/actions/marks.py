"""Marks that owners give their images: favourite, rating and note."""

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from gallery.actions.changes import announce
from gallery.models import Image
from gallery.models.image import LONGEST_NOTE, MOST_STARS
from sdsite.accounts.plain_text import UNUSABLE

KEPT_CONTROLS = "\n\t"  # control characters that a note may have


def normalize_note(text: str) -> str:
    """Return a note as it is stored: NFC, one kind of line ends, no white space at its end.

    Raises:
        ValidationError: `note` has more than LONGEST_NOTE characters, or one that cannot be shown.
    """
    note = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).rstrip()
    if len(note) > LONGEST_NOTE:
        raise ValidationError({"note": f"note must be at most {LONGEST_NOTE} characters; got {len(note)}"})
    if any(unicodedata.category(sign) in UNUSABLE and sign not in KEPT_CONTROLS for sign in note):
        raise ValidationError({"note": "note: characters that cannot be shown are not allowed"})
    return note


def mark_image(
    *,
    image: Image,
    favourite: bool | None = None,
    rating: int | None = None,
    note: str | None = None,
    strips_metadata: bool | None = None,
) -> Image:
    """Change the marks of an image, and whether others get it without settings; None leaves one as it is. Return it.

    Raises:
        ValidationError: `rating` is not 0 to MOST_STARS, or `note` is too long or has characters that cannot be shown.
    """
    changes: dict[str, Any] = {}
    if strips_metadata is not None:
        changes["strips_metadata"] = strips_metadata
    if favourite is not None:
        changes["is_favourite"] = favourite
    if rating is not None:
        if not 0 <= rating <= MOST_STARS:
            raise ValidationError({"rating": f"rating must be 0 to {MOST_STARS}; got {rating}"})
        changes["rating"] = rating
    if note is not None:
        changes["note"] = normalize_note(note)
    if changes:
        for name, value in changes.items():
            setattr(image, name, value)
        with transaction.atomic():
            # Not `save`: an image that was deleted meanwhile must not come back.
            Image.objects.filter(pk=image.pk).update(**changes)
            announce(image.owner_id, "mark", [image.pk], {"favourite": image.is_favourite, "rating": image.rating})
    return image
