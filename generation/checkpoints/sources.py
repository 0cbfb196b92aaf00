"""From a Checkpoint row to where its weights lie, and the checksum written once they were used."""

import logging
from pathlib import Path

from django.conf import settings

from generation.errors import GenerationError
from generation.models import Checkpoint
from generation.weights.sources import CheckpointSource

logger = logging.getLogger(__name__)


def get_source(checkpoint: Checkpoint | None, slug: str) -> CheckpointSource:
    """Return where the weights of a checkpoint lie; relative paths start at the checkpoints folder.

    Raises:
        GenerationError: `checkpoint_missing`, the row was deleted.
    """
    if checkpoint is None:
        raise GenerationError("checkpoint_missing", f"The checkpoint {slug} was removed from the site.")
    location = checkpoint.location
    if checkpoint.kind != Checkpoint.Kind.HUB:
        location = str(Path(settings.MODELS_DIR, location))  # an absolute location stays as it is
    return CheckpointSource(
        slug=checkpoint.slug,
        kind=checkpoint.kind,
        location=location,
        revision=checkpoint.revision,
        prediction_type=checkpoint.prediction_type,
        precision=checkpoint.precision,
        memory_mode=checkpoint.memory_mode,
        tiled_vae=checkpoint.tiled_vae,
    )


def note_checksum(checkpoint: Checkpoint) -> None:
    """Write the checksum of a checkpoint that drew for the first time; reads every byte, so not in the loop."""
    from generation.weights import checkpoint_inspection  # beside the machines: only workers get here

    try:
        digest = checkpoint_inspection.checksum(get_source(checkpoint, checkpoint.slug))
    except OSError as error:
        logger.warning("no checksum of %s: %s", checkpoint.slug, error)
        return
    Checkpoint.objects.filter(pk=checkpoint.pk, location=checkpoint.location).update(sha256=digest)
    checkpoint.sha256 = digest
