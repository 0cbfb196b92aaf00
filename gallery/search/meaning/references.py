"""What a search compares images with: the look or the meaning of an image, or the meaning of words."""

import uuid
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from gallery.models import Image, ImageVector, MeaningModel
from gallery.search.meaning.compare import Meaning
from gallery.search.meaning.index import count_progress, current_model
from gallery.search.meaning.vectors import unpack
from gallery.search.meaning.words import vector_of_words
from gallery.search.nearest import Reference
from gallery.search.similar import find_image, look_of
from sdsite.accounts.credentials import Credentials

By = Literal["look", "meaning"]


def find_reference(*, similar: uuid.UUID | None, by: By, meaning: str | None, reader: Credentials) -> Reference | None:
    """Return what a search with these conditions compares with; None if it compares with nothing.

    Raises:
        Http404: there is no image `similar`, or `reader` may not see it.
        ValidationError: it cannot be compared with, or the site has no model for meaning.
        MeaningUnavailable: no worker can say what the words mean.
    """
    if similar is not None:
        image = find_image(similar, reader)
        return look_of(image) if by == "look" else _meaning_of(image)
    if meaning is not None and meaning.strip():
        model = _model("meaning")
        return Meaning(model, vector_of_words(model, meaning))
    return None


def describe_progress() -> str:
    """Return how many images are indexed where not all are, as a sentence; empty otherwise, or without a model."""
    model = current_model()
    return "" if model is None else _unfinished(model)


def _unfinished(model: MeaningModel) -> str:
    progress = count_progress(model)
    if progress.is_finished:
        return ""
    counted: dict[str, Any] = {"indexed": f"{progress.indexed:,}", "images": f"{progress.images:,}"}
    return _("%(indexed)s of %(images)s images are indexed by meaning so far.") % counted


def _model(field: str) -> MeaningModel:
    model = current_model()
    if model is None:
        raise ValidationError({field: _("This site does not search by meaning: it has no CLIP or SigLIP model.")})
    return model


def _meaning_of(image: Image) -> Meaning:
    model = _model("by")
    row = ImageVector.objects.filter(image=image, revision=model.revision).first()
    if row is None:
        sentence = _("The image is not indexed by meaning yet.")
        raise ValidationError({"similar": " ".join(filter(None, (sentence, _unfinished(model))))})
    if not row.values:
        raise ValidationError(
            {"similar": _("The file of the image cannot be read, so nothing can be compared with it.")}
        )
    return Meaning(model, unpack(bytes(row.values), model.dimensions)[0])
