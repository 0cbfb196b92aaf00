"""Location of a checkpoint's weights and of the parts that join it, and its checksum."""

import logging
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from generation.checkpoints.parts import get_parts
from generation.errors import GenerationError
from generation.models import Checkpoint
from generation.weights.checkpoint_inspection import checksum
from generation.weights.sources import CheckpointSource

logger = logging.getLogger(__name__)


def get_source(checkpoint: Checkpoint | None, slug: str) -> CheckpointSource:
    """Return the location and loading options of a checkpoint; relative paths start at the folder of checkpoints.

    Raises:
        GenerationError: `checkpoint_missing`, the row was deleted, or it lacks a part.
    """
    if checkpoint is None:
        raise GenerationError("checkpoint_missing", f"The checkpoint {slug} was removed from the site.")
    return CheckpointSource(
        slug=checkpoint.slug,
        kind=checkpoint.kind,
        location=_location(checkpoint),
        revision=checkpoint.revision,
        prediction_type=checkpoint.prediction_type,
        precision=checkpoint.precision,
        memory_mode=checkpoint.memory_mode,
        tiled_vae=checkpoint.tiled_vae,
        parts=get_parts(checkpoint),
    )


def _location(checkpoint: Checkpoint) -> str:
    if checkpoint.kind == Checkpoint.Kind.HUB:
        return checkpoint.location
    return str(Path(settings.MODELS_DIR, checkpoint.location))  # an absolute location is not changed


def note_checksum(checkpoint: Checkpoint, *, alive: Callable[[], None] = lambda: None) -> None:
    """Write the SHA-256 of a checkpoint's weights into its row, unless the row names other weights by then.

    Reads every byte, so not in the step loop. `alive()` is called now and then and may raise to stop. Weights that
    cannot be read are logged, and the row stays as it is.
    """
    try:
        digest = checksum(CheckpointSource(checkpoint.slug, checkpoint.kind, _location(checkpoint)), alive)
    except OSError as error:
        logger.warning("no checksum of %s yet: %s", checkpoint.slug, error)
        return
    Checkpoint.objects.filter(pk=checkpoint.pk, location=checkpoint.location).update(sha256=digest)
    checkpoint.sha256 = digest
