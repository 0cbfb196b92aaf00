"""Derivations of images, written from their parameters: when one is stored, and later for those of older versions."""

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from gallery.models import Derivation, DerivationProgress, Image

BATCH = 500  # images looked at in one transaction
NEWEST_OF_SEED = 200  # images among which the origin of a variation is looked for
# Parameters in which a variation and the image that it is of may differ.
_FREE = frozenset(
    {
        *("seed", "variation_seed", "variation_strength", "count", "batch_size", "preview", "output_format"),
        "quality",
        *("upscale_by", "upscaler", "styles", "version", "reproducible", "grid"),
        *("image_prompts", "image_negative_prompts"),
    }
)

Reference = tuple[str, int, str]  # role, position, "image:ID" or "upload:ID"


def write_derivations(images: Sequence[Image]) -> None:
    """Store what `images` were made from, by their parameters; it may be repeated.

    Call it in the transaction that stores the images.
    """
    rows = [row for image in images for row in _rows(image)]
    if rows:
        Derivation.objects.bulk_create(rows, ignore_conflicts=True)


def _rows(image: Image) -> Iterator[Derivation]:
    for role, position, reference in references(image.parameters):
        kind, _, text = reference.partition(":")
        try:
            key = uuid.UUID(text)
        except ValueError:
            continue
        if kind in ("image", "upload"):
            yield _row(image, role, position, **{"parent_id" if kind == "image" else "upload_id": key})
    origin = _origin_of_variation(image)
    if origin is not None:
        yield _row(image, Derivation.Role.VARIATION, 0, parent_id=origin)


def _row(image: Image, role: str, position: int, **parent: uuid.UUID) -> Derivation:
    return Derivation(child_id=image.pk, role=role, position=position, created_at=image.created_at, **parent)


def references(parameters: dict[str, Any]) -> list[Reference]:
    """Return the input images that stored parameters of any version name, without validating them."""
    first = Derivation.Role.UPSCALE if parameters.get("task") == "upscale" else Derivation.Role.INIT
    named: list[tuple[str, int, Any]] = [
        (first, 0, parameters.get("init_image")),
        (Derivation.Role.MASK, 0, parameters.get("mask_image")),
        *((Derivation.Role.CONTROL, at, use) for at, use in enumerate(_images(parameters.get("controls")))),
        *((Derivation.Role.REFERENCE, at, use) for at, use in enumerate(_images([parameters.get("ip_adapter")]))),
    ]
    return [(str(role), position, name) for role, position, name in named if isinstance(name, str)]


def _images(uses: Any) -> list[Any]:
    return [use.get("image") for use in uses if isinstance(use, dict)] if isinstance(uses, list | tuple) else []


def _origin_of_variation(image: Image) -> uuid.UUID | None:
    """Return the image that `image` is a variation of: the owner's newest older one with its settings and seed.

    A request names seeds, not images, so this is found by comparison, among the NEWEST_OF_SEED newest of that seed.
    """
    if not image.parameters.get("variation_strength"):
        return None
    same_seed = Image.objects.filter(owner_id=image.owner_id, seed=image.seed, created_at__lt=image.created_at)
    newest = same_seed.order_by("-created_at", "-id")[:NEWEST_OF_SEED]
    for pk, prompt in newest.values_list("pk", "prompt"):
        if prompt != image.prompt:
            continue
        found = Image.objects.filter(pk=pk).values_list("parameters", flat=True).first()
        if found and not found.get("variation_strength") and _has_settings_of(image.parameters, found):
            return pk
    return None


def _has_settings_of(parameters: dict[str, Any], origin: dict[str, Any]) -> bool:
    """Tell whether two images differ in nothing but `_FREE`; an older version may not have stored every parameter."""
    return all((parameters.get(name) or None) == (value or None) for name, value in origin.items() if name not in _FREE)


def fill_derivations(most: int = BATCH) -> int:
    """Write the derivations of at most `most` images of older versions; return how many were seen."""
    return DerivationProgress.advance(
        most, ("owner_id", "seed", "prompt", "parameters", "created_at"), write_derivations
    )
