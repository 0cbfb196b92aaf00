"""Whether pages offer search by meaning, for the templates of all pages."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from gallery.search.meaning.index import current_model


def offers_meaning(request: HttpRequest) -> dict[str, Any]:
    """Return `offers_meaning`, which asks the database only where a template uses it."""
    return {"offers_meaning": SimpleLazyObject(lambda: current_model() is not None)}
