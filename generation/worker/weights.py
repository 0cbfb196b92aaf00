"""Weights that a pipeline call needs: the checkpoint of an image, and the adapters that its parameters name."""

import logging

from generation.errors import GenerationError
from generation.jobs.submission.adapter_checks import find_adapter
from generation.models import Adapter, Checkpoint, Job
from generation.parameters.adapters import calls, named_adapters, prompt_texts
from generation.parameters.schema import ResolvedParameters
from generation.weights.sources import WeightsSource

logger = logging.getLogger(__name__)


def checkpoint_for(job: Job, slug: str) -> Checkpoint | None:
    """Return the checkpoint `slug` of an image of `job`: the job's own, or another that a grid names."""
    if job.checkpoint is not None and job.parameters["checkpoint"] == slug:
        return job.checkpoint
    return Checkpoint.objects.filter(slug=slug).first()


def get_assets(image_parameters: ResolvedParameters, family: str) -> dict[tuple[str, str], WeightsSource]:
    """Return the adapters that the parameters of one image need, by kind and requested name.

    Embeddings have their token as name: those of `family` that one of the prompts contains.

    Raises:
        GenerationError: `adapter_missing`, a row was removed or disabled, or its files are missing; `adapter_invalid`,
            it is for checkpoints of another family.
    """
    found = {(kind, name): _weights_of(kind, name, family) for _, kind, name in named_adapters(image_parameters)}
    texts = prompt_texts(image_parameters)
    for row in Adapter.objects.enabled().of_kind(Adapter.Kind.EMBEDDING).for_family(family).order_by("pk"):
        if any(calls(text, row.token) for text in texts):
            found.setdefault((row.kind, row.token), _source(row))
    return found


def find_few_step_lora(slug: str, family: str) -> WeightsSource | None:
    """Return the LoRA that drafts of a checkpoint use; None, with a warning in the log, where it cannot be used."""
    try:
        return _weights_of("lora", slug, family)
    except GenerationError as error:
        logger.warning("drafts do without their LoRA: %s", error)
        return None


def _weights_of(kind: str, name: str, family: str) -> WeightsSource:
    row = find_adapter(kind, name, family=family)
    if row is None:
        raise GenerationError("adapter_missing", f"The {Adapter.Kind(kind).label} {name} was removed from the site.")
    if row.family not in ("", family):
        raise GenerationError("adapter_invalid", f"{name} is made for {row.family}, this checkpoint is {family}.")
    return _source(row)


def _source(row: Adapter) -> WeightsSource:
    if not row.path.exists():
        raise GenerationError(
            "adapter_missing", f"The files of {row.slug} are missing; an administrator can restore them."
        )
    return WeightsSource(kind=row.kind, slug=row.slug, path=row.path, sha256=row.sha256, family=row.family)
