"""How a wish that was only weighed looks to programs."""

from typing import Any

from pydantic import BaseModel, Field

from generation.jobs.submission.dry_run import rehearse_job
from generation.parameters.schema import GenerationParameters
from sdsite.accounts.models import User


class DryRunOut(BaseModel):
    """What a wish would come to. Nothing of it is kept, and a random seed will be another one when it is drawn."""

    dry_run: bool = Field(description="Always true; a job has no such field.", examples=[True])
    parameters: dict[str, Any] = Field(description="With nothing left open: what a job of it would draw.")
    notes: list[str] = Field(description="Sentences about what of the wish would be changed or filled in.")
    checkpoint_title: str
    image_count: int = Field(description="Images it would have in all.", examples=[4])
    accelerator_seconds: float = Field(description="What it should take and use up of the day's.", examples=[2.4])
    position: int | None = Field(description="Its place in the line; 1 starts next.", examples=[3])
    eta_seconds: float | None = Field(description="Seconds until it would be done; null while nobody draws.")


def dry_run(owner: User, wish: GenerationParameters) -> DryRunOut:
    """Return what would become of `wish`; raises as `submit_job`."""
    rehearsal = rehearse_job(owner=owner, parameters=wish)
    job, place = rehearsal.job, rehearsal.place
    return DryRunOut(
        dry_run=True,
        parameters=rehearsal.parameters,
        notes=job.notes,
        checkpoint_title=job.checkpoint.title if job.checkpoint else "",
        image_count=job.count,
        accelerator_seconds=round(job.predicted_seconds, 3),
        position=place.position if place else None,
        eta_seconds=place.eta_seconds if place else None,
    )
