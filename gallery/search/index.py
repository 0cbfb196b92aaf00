"""Search index of images: the words of the prompt, the checkpoint, the sampler, the task and the LoRAs."""

from typing import Any

from django.db import transaction

from gallery.models import Image, ImageLora, ImageWord, LoraProgress
from gallery.models.image import LONGEST_CHECKPOINT, LONGEST_SAMPLER, LONGEST_TASK
from gallery.models.search import LONGEST_LORA
from gallery.search.tokenizer import build_searched_text, unique_words

BATCH = 200  # images indexed in one transaction
LORA_BATCH = 1000  # images whose LoRAs are written in one transaction
MOST_LORAS = 100  # of one image


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
    """Write the index rows of `images` from their `searched_text` and parameters.

    Call it in the transaction that stores them.
    """
    ImageWord.objects.bulk_create(
        ImageWord(image_id=image.pk, owner_id=image.owner_id, word=word)
        for image in images
        for word in unique_words(image.searched_text or "")
    )
    write_loras(images)


def lora_names(parameters: dict[str, Any]) -> list[str]:
    """Return the names of the LoRAs in stored parameters of any version, each once, the first MOST_LORAS."""
    uses = parameters.get("loras")
    named = [use.get("name") for use in uses if isinstance(use, dict)] if isinstance(uses, list) else []
    texts = (name[:LONGEST_LORA] for name in named if isinstance(name, str) and name and "\x00" not in name)
    return list(dict.fromkeys(texts))[:MOST_LORAS]


def write_loras(images: list[Image]) -> None:
    """Write a row for each LoRA of `images`; it may be repeated."""
    rows = [
        ImageLora(image_id=image.pk, owner_id=image.owner_id, name=name)
        for image in images
        for name in lora_names(image.parameters)
    ]
    if rows:
        ImageLora.objects.bulk_create(rows, ignore_conflicts=True)


def fill_loras(most: int = LORA_BATCH) -> int:
    """Write the LoRAs of at most `most` images of older versions; return how many were seen."""
    return LoraProgress.advance(most, ("owner_id", "parameters"), write_loras)


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
