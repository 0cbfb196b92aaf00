"""The images whose vectors are nearest to one, among those that a person may see and that match a search.

Of few matching images each is compared. Of more, all vectors of the owner (or of everybody) are read in blocks, and the
best of them are looked up among the matching images. Memory is that of a few blocks; decision 33 has figures.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from gallery.models import ImageVector, MeaningModel, VectorBlock
from gallery.models.image import ImageQuerySet
from gallery.search.meaning.vectors import Floats, cosines, to_steps, unpack, unpack_ids
from gallery.search.similar import AT_ONCE, MOST_SIMILAR, among

MOST_COMPARED = 10_000  # matching images that are compared one by one
MOST_CANDIDATES = 10_000  # best vectors that are looked up among the matching images
BLOCKS_AT_ONCE = 4


@dataclass(frozen=True, eq=False)
class Meaning:
    """Meaning of an image or of words, a vector of `model`, with which images are compared."""

    model: MeaningModel
    vector: Floats

    def narrow(self, images: ImageQuerySet, owner: Any) -> ImageQuerySet:
        """Return the MOST_SIMILAR nearest of `images`, all of `owner` (None: of several people)."""
        images = images.viewable()  # what is under review is not described either
        few = images.order_by().values("pk")[: MOST_COMPARED + 1].count() <= MOST_COMPARED
        nearest = self._of_each(images) if few else self._of_blocks(images, owner)
        return images.filter(pk__in=nearest)

    def distances(self, images: ImageQuerySet) -> Iterator[tuple[int, datetime, uuid.UUID]]:
        """Yield how far each of `images`, all with a vector, is, its time and its id; one query."""
        rows: Any = images.order_by().values_list("vector__values", "created_at", "pk")
        for values, moment, pk in rows:
            [score] = cosines(unpack(bytes(values), self.model.dimensions), self.vector)
            yield to_steps(score), moment, pk

    def _of_each(self, images: ImageQuerySet) -> list[uuid.UUID]:
        rows = ImageVector.objects.filter(revision=self.model.revision, image__in=images.order_by().values("pk"))
        found = list(rows.exclude(values=b"").values_list("image", "values"))
        if not found:
            return []
        scores = cosines(unpack(b"".join(bytes(one) for _pk, one in found), self.model.dimensions), self.vector)
        return [found[place][0] for place in np.argsort(-scores, kind="stable")[:MOST_SIMILAR]]

    def _of_blocks(self, images: ImageQuerySet, owner: Any) -> list[uuid.UUID]:
        candidates = self._candidates(owner)
        shown: list[uuid.UUID] = []
        for start in range(0, len(candidates), AT_ONCE):
            shown += among(images, candidates[start : start + AT_ONCE])
            if len(shown) >= MOST_SIMILAR:
                break
        return shown[:MOST_SIMILAR]

    def _candidates(self, owner: Any) -> list[uuid.UUID]:
        """Return the ids of the MOST_CANDIDATES nearest vectors of the owner, or of everybody, in their order."""
        blocks = VectorBlock.objects.filter(revision=self.model.revision)
        if owner is not None:
            blocks = blocks.filter(owner=owner)
        ids = np.empty(0, "V16")
        scores = np.empty(0, np.float32)
        read = blocks.order_by().values_list("ids", "values").iterator(chunk_size=BLOCKS_AT_ONCE)
        for block_ids, values in read:
            ids = np.concatenate([ids, np.frombuffer(block_ids, "V16")])
            scores = np.concatenate([scores, cosines(unpack(values, self.model.dimensions), self.vector)])
            if len(ids) > 2 * MOST_CANDIDATES:
                best = np.argpartition(-scores, MOST_CANDIDATES)[:MOST_CANDIDATES]
                ids, scores = ids[best], scores[best]
        order = np.argsort(-scores, kind="stable")[:MOST_CANDIDATES]
        return unpack_ids(ids[order].tobytes())
