"""What a person may ask for, by their roles."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Prefetch, Q

from generation.jobs.errors import JobRefused, LimitReached
from generation.models import Checkpoint, RoleLimits
from generation.models.checkpoint import CheckpointQuerySet
from generation.parameters import grids
from generation.parameters.images import image_count
from generation.parameters.schema import ResolvedParameters


@dataclass(frozen=True)
class Limits:
    """The limits of one person; None means no limit, an empty `checkpoints` every enabled one."""

    weight: float = 1.0
    most_queued: int | None = None
    most_running: int | None = None
    most_images: int | None = None
    most_pixels: int | None = None
    most_steps: int | None = None
    most_seconds_a_day: int | None = None
    checkpoints: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _OfAJob:
    """A limit that one wish alone can break: the wish's field at fault, what is counted, and how to count it."""

    limit: str
    field: str
    unit: str
    count: Callable[[ResolvedParameters], int]


def _cells(wish: ResolvedParameters) -> Iterator[ResolvedParameters]:
    return (grids.cell(wish, number) for number in range(grids.cell_count(wish.grid)))


def _pixels(image: ResolvedParameters) -> int:
    """Return the pixels of the largest pass."""
    return round(image.width * image.height * (image.hires.scale**2 if image.hires else 1))


def _steps(image: ResolvedParameters) -> int:
    """Return the steps of the longest pass."""
    return max(image.steps, image.hires.steps if image.hires else 0)


_COUNTS = ("most_queued", "most_running", "most_images", "most_pixels", "most_steps", "most_seconds_a_day")
_OF_A_JOB = (
    _OfAJob("most_images", "count", "images in one job", image_count),
    _OfAJob("most_pixels", "width", "pixels (width x height)", lambda wish: max(map(_pixels, _cells(wish)))),
    _OfAJob("most_steps", "steps", "steps", lambda wish: max(map(_steps, _cells(wish)))),
)


def limits_of(user_id: int) -> Limits:
    """Return the limits of a person: of each the most generous of their roles, else those of everybody else."""
    mine = RoleLimits.objects.filter(Q(group__user=user_id) | Q(group=None))
    rows = list(mine.prefetch_related(Prefetch("checkpoints", Checkpoint.objects.only("slug"))))
    own = [row for row in rows if row.group_id is not None]
    return _most_generous(own or rows)


def _most_generous(rows: list[RoleLimits]) -> Limits:
    if not rows:
        return Limits()
    slugs = [{checkpoint.slug for checkpoint in row.checkpoints.all()} for row in rows]
    return Limits(
        weight=max(row.weight for row in rows),
        **{name: _most(getattr(row, name) for row in rows) for name in _COUNTS},
        checkpoints=frozenset().union(*slugs) if all(slugs) else frozenset(),
    )


def _most(values: Iterable[int | None]) -> int | None:
    listed = list(values)
    return None if None in listed else max(value for value in listed if value is not None)


def offered_to(limits: Limits) -> CheckpointQuerySet:
    """Return the enabled checkpoints that somebody with `limits` may ask for, the default first."""
    enabled = Checkpoint.objects.enabled()
    return enabled.filter(slug__in=limits.checkpoints) if limits.checkpoints else enabled


def find_checkpoint(slug: str | None, limits: Limits) -> Checkpoint:
    """Return the checkpoint that a wish names; for None the default, or the first that `limits` allow.

    Raises:
        JobRefused: `checkpoint_missing` (unknown or disabled), `checkpoint_not_allowed` (403).
    """
    offered = offered_to(limits)
    checkpoint = offered.default() if slug is None else offered.filter(slug=slug).first()
    if checkpoint is not None:
        return checkpoint
    known = ", ".join(offered.values_list("slug", flat=True)[:20])
    if not known:
        message = "The site offers no checkpoint yet; an administrator can add one."
    elif Checkpoint.objects.enabled().filter(slug=slug).exists():
        message = f"checkpoint must be one of {known} for your role; got {slug}"
        reached = LimitReached("checkpoints")
        raise JobRefused("checkpoint_not_allowed", message, fields={"checkpoint": message}, status=403, limit=reached)
    else:
        message = f"checkpoint must be one of {known}; got {slug!r:.80}"
    raise JobRefused("checkpoint_missing", message, fields={"checkpoint": message})


def check_wish(resolved: ResolvedParameters, limits: Limits) -> None:
    """Refuse a wish that is larger than `limits` allow, whoever else waits.

    Raises:
        JobRefused: `limit_exceeded` (403).
    """
    for rule in _OF_A_JOB:
        most, current = getattr(limits, rule.limit), rule.count(resolved)
        if most is not None and current > most:
            message = f"{rule.field}: your role allows at most {most} {rule.unit}; got {current}"
            reached = LimitReached(rule.limit, most, current)
            raise JobRefused("limit_exceeded", message, fields={rule.field: message}, status=403, limit=reached)
