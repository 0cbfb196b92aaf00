"""What an action on many images consists of."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gallery.models.image import ImageQuerySet

Ids = list[uuid.UUID]
# Values that images had, as JSON, and the ids of those images.
Change = tuple[dict[str, Any], Ids]
After = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """Images of one owner that one transaction changes; `rows` are locked when it is asked for."""

    owner: Any
    rows: ImageQuerySet

    def lock(self) -> Ids:
        """Lock the images until the transaction ends; return their ids."""
        return list(self.rows.select_for_update().order_by("created_at", "pk").values_list("pk", flat=True))


@dataclass(frozen=True)
class Action:
    """One action: what it sets, how it changes a batch, and how a change is reverted.

    `prepare` checks the value that was sent and returns what will be set, as JSON; it raises ValidationError with the
    key `value`. `check` is asked for every batch before the first is changed. `apply` returns the number of images
    of the batch and the changes. `revert` restores what still is as the action left it, and returns how many images.
    """

    prepare: Callable[[Any, Any], After]
    apply: Callable[[Batch, After], tuple[int, Sequence[Change]]]
    revert: Callable[[Any, After, dict[str, Any], Ids], int] | None
    check: Callable[[Batch, After], None] | None = None
    in_trash: bool = False  # it is for images in the trash, and others are passed over
