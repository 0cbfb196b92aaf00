"""Tell searching what an image is: its prompt's words, checkpoint and task, out of the parameters."""

from typing import Any

from django.db import transaction

from gallery.models import Image, ImageWord
from gallery.models.image import LONGEST_CHECKPOINT, LONGEST_TASK
from gallery.search.tokenizer import build_searched_text, unique_words

BATCH = 200  # images of one transaction


def search_columns(prompt: str, parameters: dict[str, Any]) -> dict[str, str]:
    """Return the columns of an image that searching reads; empty texts where the parameters do not say."""
    return {
        "searched_text": build_searched_text(prompt),
        "checkpoint": _text(parameters.get("checkpoint"), LONGEST_CHECKPOINT),
        "task": _text(parameters.get("task") or "text_to_image", LONGEST_TASK),
    }


def _text(value: Any, longest: int) -> str:
    return value[:longest] if isinstance(value, str) else ""


def write_words(images: list[Image]) -> None:
    """Write the index rows of `images`, whose `searched_text` is there; call it in the transaction that stores it."""
    ImageWord.objects.bulk_create(
        ImageWord(image_id=image.pk, owner_id=image.owner_id, word=word)
        for image in images
        for word in unique_words(image.searched_text or "")
    )


def index_batch(most: int = BATCH) -> int:
    """Index at most `most` images that an older version of the site stored; return how many. One transaction.

    May be stopped and repeated at any time, and run beside another: whoever marks an image first writes its words.
    """
    if not Image.objects.unindexed().exists():  # asked often: SQLite's transactions shut other writers out
        return 0
    with transaction.atomic():
        waiting = Image.objects.unindexed().only("pk", "owner_id", "prompt", "parameters").order_by("pk")
        found = list(waiting.select_for_update(skip_locked=True)[:most])
        for image in found:
            for name, value in search_columns(image.prompt, image.parameters).items():
                setattr(image, name, value)
        Image.objects.bulk_update(found, ["searched_text", "checkpoint", "task"])
        write_words(found)
    return len(found)
