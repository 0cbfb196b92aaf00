"""Which images are drawn by one pipeline call."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.conf import settings

from generation.models import Job
from generation.parameters.per_image import groups
from generation.parameters.schema import ResolvedParameters
from generation.pipelines import generate
from generation.pipelines.protocol import InputImages, Part
from generation.worker.hooks import JobHooks
from generation.worker.lease import Lease


@dataclass(frozen=True)
class Share:
    """One job's part in a batch."""

    lease: Lease
    parameters: ResolvedParameters
    indices: tuple[int, ...]

    def of(self, images: int) -> float:
        """Return which part, 0 to 1, of `images` images its own are."""
        return len(self.indices) / images


@dataclass(frozen=True)
class Batch:
    """Images of one or more jobs that are denoised together."""

    shares: tuple[Share, ...]

    @property
    def images(self) -> int:
        """How many images it is."""
        return sum(len(share.indices) for share in self.shares)

    def wanted(self) -> "Batch":
        """Return what of it is still wanted."""
        left = []
        for share in self.shares:
            lease = share.lease
            if lease.stop is None and lease.failure is None:
                left.append(replace(share, indices=tuple(i for i in share.indices if i not in lease.dropped)))
        return Batch(tuple(share for share in left if share.indices))

    def halves(self) -> list["Batch"]:
        """Return two batches of half as many images."""
        pairs = [(share, index) for share in self.shares for index in share.indices]
        middle = len(pairs) // 2
        return [self._of(pairs[:middle]), self._of(pairs[middle:])]

    def by_job(self) -> list["Batch"]:
        """Return a batch for each job."""
        return [Batch((share,)) for share in self.shares]

    def smaller(self, batches: list["Batch"]) -> list["Batch"]:
        """Return `batches`, into which this one is split, and tell its jobs that there are more to come."""
        for share in self.shares:
            share.lease.draw_again(sum(share.lease in [one.lease for one in batch.shares] for batch in batches))
        return batches

    def _of(self, pairs: Sequence[tuple[Share, int]]) -> "Batch":
        own = [replace(share, indices=tuple(i for one, i in pairs if one is share)) for share in self.shares]
        return Batch(tuple(share for share in own if share.indices))

    def without(self, leases: Sequence[Lease]) -> "Batch":
        """Return what of it belongs to other jobs than those of `leases`."""
        return Batch(tuple(share for share in self.shares if share.lease not in leases))

    def parts(self, input_images: Mapping[uuid.UUID, InputImages]) -> list[Part]:
        """Return it as the pipelines take it; `input_images` by job, where some came along."""
        images = self.images
        return [
            Part(
                one.parameters,
                one.indices,
                JobHooks(one.lease, share=one.of(images)),
                input_images.get(one.lease.pk, InputImages()),
            )
            for one in self.shares
        ]


def batch_size(job: Job, parameters: ResolvedParameters) -> int:
    """Return how many images are drawn together for this job and those beside it, 1 or more."""
    if not settings.ENV["SDSITE_BATCHING"] or parameters.reproducible == "strict":
        return 1
    if parameters.batch_size is not None:
        return parameters.batch_size
    if job.checkpoint is None or parameters.task == "upscale":
        return 1
    return generate.most_images(parameters, family=job.checkpoint.family, at_most=settings.ENV["SDSITE_BATCH_IMAGES"])


def companion_capacity(missing: int, size: int) -> int:
    """Return how many images of others fit beside `missing` images that are drawn `size` at a time."""
    return -missing % size


def plan_batches(lead: Share, companions: Sequence[Share], size: int) -> list[Batch]:
    """Split what one claim has to draw into batches of `size`.

    Only images that one call can draw are put together: cells of a grid may differ in anything. Companions are drawn in
    the first batch, beside what of the lead job fills none: they need not wait for the rest.
    """
    cuts: list[Sequence[int]] = []
    for run in groups(lead.parameters, lead.indices):
        rest = len(run) % size if companions else 0
        cuts += [run[:rest]] if rest else []
        cuts += [run[start : start + size] for start in range(rest, len(run), size)]
    batches: list[tuple[Share, ...]] = [(replace(lead, indices=tuple(indices)),) for indices in cuts]
    if companions:
        batches[0] = (*batches[0], *companions)
    return [Batch(shares) for shares in batches]
