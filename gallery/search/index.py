"""Search index of images: the words of the prompt, the checkpoint, the sampler and the task."""

from typing import Any

from django.db import transaction

from gallery.models import Image, ImageWord
from gallery.models.image import LONGEST_CHECKPOINT, LONGEST_SAMPLER, LONGEST_TASK
from gallery.search.tokenizer import build_searched_text, unique_words

BATCH = 200  # images indexed in one transaction


def search_columns(prompt: str, parameters: dict[str, Any]) -> dict[str, str]:
    """Return the columns of an image that searching reads; empty texts if the parameters do not name them."""
    return {
        "searched_text": build_searched_text(prompt),
        "checkpoint": _text(parameters.get("checkpoint"), LONGEST_CHECKPOINT),
        "sampler": _text(parameters.get("sampler"), LONGEST_SAMPLER),
        "task": _text(parameters.get("task") or "text_to_image", LONGEST_TASK),
    }


def _text(value: Any, longest: int) -> str:
    return value[:longest] if isinstance(value, str) else ""


def write_words(images: list[Image]) -> None:
    """Write the index rows of `images` from their `searched_text`; call it in the transaction that stores that text."""
    ImageWord.objects.bulk_create(
        ImageWord(image_id=image.pk, owner_id=image.owner_id, word=word)
        for image in images
        for word in unique_words(image.searched_text or "")
    )


def index_batch(most: int = BATCH) -> int:
    """Index at most `most` images that an older version of the site stored, in one transaction; return how many.

    It may be stopped and repeated at any time, and run in several processes: each locks the images that it indexes.
    """
    if not Image.objects.unindexed().exists():  # called often, and a transaction of SQLite blocks other writers
        return 0
    with transaction.atomic():
        pending = Image.objects.unindexed().only("pk", "owner_id", "prompt", "parameters").order_by("pk")
        found = list(pending.select_for_update(skip_locked=True)[:most])
        for image in found:
            for name, value in search_columns(image.prompt, image.parameters).items():
                setattr(image, name, value)
        Image.objects.bulk_update(found, ["searched_text", "checkpoint", "sampler", "task"])
        write_words(found)
    return len(found)
